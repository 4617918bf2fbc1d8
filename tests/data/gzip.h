// Internal: for tests. A writer of gzip that is not zlib.
#pragma once

#include <cstdint>
#include <string>

namespace glia::testing {

inline std::uint32_t crc32_of(const std::string& bytes) {  // RFC 1952, section 8
  std::uint32_t crc = ~0u;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
  }
  return ~crc;
}

// A gzip member with one stored block (RFC 1951, 3.2.4), for fewer than 65536 bytes.
inline std::string gzip(const std::string& bytes) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\xff\x01", 11);
  const auto little = [&](std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) out += static_cast<char>(value >> 8 * i & 255);
  };
  const auto size = static_cast<std::uint32_t>(bytes.size());
  little(size, 2), little(~size, 2);
  out += bytes;
  little(crc32_of(bytes), 4), little(size, 4);
  return out;
}

}  // namespace glia::testing
