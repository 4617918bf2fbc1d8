// Internal: gzip (RFC 1952), through zlib.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glia::data {

inline bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1F\x8B"); }

// What unpacked content may take of the memory: half of what is available.
std::uint64_t room_for_unpacked();
// E-FILE-05 where `size` bytes, or so far as was unpacked, are more than `limit`.
void expect_room_unpacked(std::uint64_t size, std::uint64_t limit, const std::string& name);

// The content of gzip data in order. Files joined end to end are one content. `name` is for
// messages. Errors: E-DATA-41 cut short, -42 other bytes behind it, -44 damaged.
class GzipReader {
 public:
  GzipReader(std::string_view packed, std::string name);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  // Fills `out` as far as there is content; returns how much.
  std::size_t read(std::byte* out, std::size_t size);
  // More than this cannot come any more.
  std::uint64_t most() const;

 private:
  std::size_t inflate_some(std::byte* out, std::size_t size);
  std::string_view rest_;
  std::string name_;
  bool ended_ = false;
  z_stream zip_{};
};

// The whole content. Error E-FILE-05 where it has more than `limit` bytes.
std::string unpacked(std::string_view packed, const std::string& name, std::uint64_t limit);

}  // namespace glia::data
