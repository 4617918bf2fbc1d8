// Files: read whole, mapped, written so that a crash at any moment leaves the old or the new one,
// and their SHA-256. Every error names the file and the system's own reason.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace glia {

inline constexpr std::uint64_t kReadLimit = std::uint64_t{1} << 30;  // 1 GiB: of read_file

// The bytes of `text` and the text of `bytes`, without a copy.
inline std::span<const std::byte> as_bytes(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The whole of a file, of a pipe, or of a file whose size the system does not tell (/proc). An
// empty file gives "". Memory grows with what is really there, never with what a header promises.
// Error E-FILE-01 missing, -02 unreadable, -03 a folder, -05 larger than `limit` bytes.
std::string read_file(const std::filesystem::path& path, std::uint64_t limit = kReadLimit);

// Its first `most` bytes, or as many as there are. Error E-FILE-01, -02, -03.
std::string read_start(const std::filesystem::path& path, std::size_t most);

// A regular file, read-only in memory for the object's life. Movable, not copyable. The pages stay
// those of the file that was opened where another one is renamed over it (as write_atomically
// does); a file that another process cuts short in place meanwhile cannot be read safely by anyone.
// Error E-FILE-01 missing, -02 unreadable, -03 a folder or another thing that is not a file,
// -04 empty.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  std::string_view text() const { return as_text(bytes()); }
  std::size_t size() const { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

// A file in the making beside its place: written under a temporary name, and in its place only
// after commit(), which flushes it to the disk first. Without a commit the destructor removes it. A
// kill at any moment leaves the previous file whole (and perhaps a temporary for
// sweep_temporaries). The mode of a file that is replaced is kept; a symbolic link keeps pointing
// to it. The folder must exist. Error E-FILE-06 where it cannot be created, -07 where writing fails
// (a full disk, a quota).
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(as_bytes(text)); }
  void commit();  // once, last

 private:
  void flush();
  [[noreturn]] void give_up(const char* doing, int error);
  std::filesystem::path path_, temporary_;
  std::string buffer_;
  int descriptor_ = -1;
};

// AtomicFile in one call. Where `writer` throws, the previous file stays and the exception goes on.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(AtomicFile&)>& writer);
void write_atomically(const std::filesystem::path& path, std::string_view text);
void write_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);

// Removes the temporaries of AtomicFile that killed processes left in `folder` (not below it).
// Those that a living process still writes are locked and stay, and so do those younger than
// `older_than`. A folder that does not exist has none. Returns how many were removed; never throws
// for a single file.
int sweep_temporaries(const std::filesystem::path& folder,
                      std::chrono::seconds older_than = std::chrono::seconds(60));

// SHA-256 (FIPS 180-4) of what was given so far, through OpenSSL.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(as_bytes(text)); }
  std::string hex();  // 64 lower-case digits; once, last

 private:
  struct Free {
    void operator()(void* context) const;
  };
  std::unique_ptr<void, Free> context_;
};

std::string sha256_hex(std::span<const std::byte> bytes);
inline std::string sha256_hex(std::string_view text) { return sha256_hex(as_bytes(text)); }
std::string sha256_file(const std::filesystem::path& path);  // of any size; Errors as read_file

}  // namespace glia
