#include "glia/base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <string>
#include <system_error>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunk = std::size_t{1} << 20;
// ".NAME.PID-COUNT" + this. Long and ours alone, for what ends so is removed by the sweep.
constexpr std::string_view kTemporarySuffix = ".glia-tmp";

std::string reason(int error) { return std::generic_category().message(error); }

struct Descriptor {
  int fd = -1;
  explicit Descriptor(int fd) : fd(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

// Retries what a signal interrupted.
template <class Call>
auto retrying(Call&& call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

int open_to_read(const fs::path& path, int flags) {
  const int fd = retrying([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags); });
  if (fd >= 0) return fd;
  const int error = errno;
  if (error == ENOENT || error == ENOTDIR)
    fail("E-FILE-01", "{}: there is no such file; check the path", path.string());
  fail("E-FILE-02", "{}: cannot be read: {}", path.string(), reason(error));
}

struct stat status_of(int fd, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0)
    fail("E-FILE-02", "{}: cannot be read: {}", path.string(), reason(errno));
  if (S_ISDIR(status.st_mode))
    fail("E-FILE-03", "{}: is not a regular file but a folder; name a file in it", path.string());
  return status;
}

std::size_t read_some(int fd, char* into, std::size_t bytes, const fs::path& path) {
  const auto count = retrying([&] { return ::read(fd, into, bytes); });
  if (count < 0) fail("E-FILE-02", "{}: cannot be read: {}", path.string(), reason(errno));
  return static_cast<std::size_t>(count);
}

// Where a symbolic link leads, so that the link survives and the temporary lies beside the target.
fs::path resolved(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_symlink(path, ignored)) return path;
  const auto target = fs::weakly_canonical(path, ignored);
  return ignored ? path : target;
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

fs::path temporary_for(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  const auto tail = fmt::format(".{}-{}{}", ::getpid(), count++, kTemporarySuffix);
  const auto name = path.filename().string();
  return folder_of(path) / ("." + name.substr(0, NAME_MAX - 1 - tail.size()) + tail);
}

// The name is durable only with the folder that holds it. Some network file systems cannot flush a
// folder and say EINVAL: nothing more can be done there.
int flush_folder(const fs::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.fd < 0) return errno == EACCES ? 0 : errno;  // a folder one may write to but not list
  return ::fsync(fd.fd) == 0 || errno == EINVAL ? 0 : errno;
}

bool is_stale(const fs::path& path, std::chrono::seconds older_than) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (file.fd < 0 || ::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const auto age = std::chrono::system_clock::now() -
                   std::chrono::system_clock::from_time_t(status.st_mtim.tv_sec);
  return age >= older_than && ::flock(file.fd, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

std::string read_start(const fs::path& path, std::size_t most) {
  const Descriptor file(open_to_read(path, 0));
  status_of(file.fd, path);  // E-FILE-03
  std::string text(most, '\0');
  std::size_t used = 0;
  while (used < most) {
    const auto count = read_some(file.fd, text.data() + used, most - used, path);
    if (count == 0) break;
    used += count;
  }
  text.resize(used);
  return text;
}

std::string read_file(const fs::path& path, std::uint64_t limit) {
  const Descriptor file(open_to_read(path, 0));
  const auto status = status_of(file.fd, path);
  const auto too_large = [&](const std::string& found) {
    fail("E-FILE-05", "{}: has {}; expected at most {} here", path.string(), found,
         human_bytes(static_cast<double>(limit)));
  };
  const auto size = S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  if (size > limit) too_large(human_bytes(static_cast<double>(size)));

  std::string text;
  std::size_t used = 0;
  // One byte more than the size, so that the end shows without growing.
  std::size_t step = static_cast<std::size_t>(size) + 1;
  for (;;) {
    if (used == text.size()) text.resize(used + step);
    step = kChunk;
    const auto count = read_some(file.fd, text.data() + used, text.size() - used, path);
    if (count == 0) break;
    used += count;
    if (used > limit) too_large("more than that");
  }
  text.resize(used);
  return text;
}

MappedFile::MappedFile(const fs::path& path) {
  // O_NONBLOCK: opening a pipe that nobody writes to must not wait for ever.
  const Descriptor file(open_to_read(path, O_NONBLOCK));
  const auto status = status_of(file.fd, path);
  if (!S_ISREG(status.st_mode))
    fail("E-FILE-03",
         "{}: is not a regular file but a pipe, a socket or a device; save what it gives to a file",
         path.string());
  if (status.st_size == 0) fail("E-FILE-04", "{}: is empty; expected data", path.string());
  size_ = static_cast<std::size_t>(status.st_size);
  void* memory = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.fd, 0);
  if (memory == MAP_FAILED)
    fail("E-FILE-02", "{}: cannot be mapped into memory: {}", path.string(), reason(errno));
  data_ = static_cast<const std::byte*>(memory);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

AtomicFile::AtomicFile(const fs::path& path)
    : path_(resolved(path)), temporary_(temporary_for(path_)) {
  struct stat previous {};
  const bool replaces = ::stat(path_.c_str(), &previous) == 0;
  if (path_.filename().empty() || (replaces && !S_ISREG(previous.st_mode)))
    fail("E-FILE-06", "{}: cannot be written: it is a folder or a device; give a file's name",
         path.string());
  // O_EXCL: never into what somebody else put there.
  descriptor_ = retrying(
      [&] { return ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666); });
  if (descriptor_ < 0)
    fail("E-FILE-06", "{}: cannot be written: {}; does its folder exist, and may you write to it?",
         path.string(), reason(errno));
  ::flock(descriptor_, LOCK_EX | LOCK_NB);  // tells sweep_temporaries that somebody lives
  if (replaces) ::fchmod(descriptor_, previous.st_mode & 07777);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::give_up(const char* doing, int error) {
  fail("E-FILE-07", "{}: {} failed: {}; the file is as it was before", path_.string(), doing,
       reason(error));
}

void AtomicFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const auto count = retrying([&] { return ::write(descriptor_, rest.data(), rest.size()); });
    if (count < 0) give_up("writing", errno);
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  buffer_.clear();
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto count = std::min(bytes.size(), kChunk - buffer_.size());
    buffer_.append(as_text(bytes.first(count)));
    bytes = bytes.subspan(count);
    if (buffer_.size() == kChunk) flush();
  }
}

void AtomicFile::commit() {
  flush();
  if (retrying([&] { return ::fsync(descriptor_); }) != 0) give_up("flushing to the disk", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) give_up("moving into place", errno);
  // From here the new file is in place: the destructor has nothing to remove.
  ::close(std::exchange(descriptor_, -1));
  if (const int error = flush_folder(folder_of(path_)))
    fail("E-FILE-07", "{}: is written, but its folder could not be flushed to the disk: {}",
         path_.string(), reason(error));
}

void write_atomically(const fs::path& path, const std::function<void(AtomicFile&)>& writer) {
  AtomicFile file(path);
  writer(file);
  file.commit();
}

void write_atomically(const fs::path& path, std::string_view text) {
  write_atomically(path, as_bytes(text));
}

void write_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  write_atomically(path, [&](AtomicFile& file) { file.write(bytes); });
}

std::string sha256_file(const fs::path& path) {
  const Descriptor file(open_to_read(path, 0));
  status_of(file.fd, path);
  Sha256 hash;
  std::string chunk(kChunk, '\0');
  while (const auto count = read_some(file.fd, chunk.data(), chunk.size(), path))
    hash.update(std::string_view(chunk).substr(0, count));
  return hash.hex();
}

int sweep_temporaries(const fs::path& folder, std::chrono::seconds older_than) {
  int removed = 0;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const auto name = it->path().filename().string();
    if (!name.starts_with('.') || !name.ends_with(kTemporarySuffix)) continue;
    if (is_stale(it->path(), older_than) && ::unlink(it->path().c_str()) == 0) ++removed;
  }
  return removed;
}

}  // namespace glia
