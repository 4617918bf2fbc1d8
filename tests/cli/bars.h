// Internal: images that a test writes by itself.
#pragma once

#include <string>
#include <vector>

namespace glia::cli {

// An IDX file by its specification: two zeros, the type (8: bytes), the dimensions, their sizes.
inline std::string idx(const std::vector<unsigned>& sizes, const std::string& bytes) {
  std::string text{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const unsigned size : sizes)
    for (int shift = 24; shift >= 0; shift -= 8) text += static_cast<char>((size >> shift) & 255u);
  return text + bytes;
}

// Images of 8x8: a bright row for class 0, a bright column for class 1. Those from another `first`
// have another background.
inline std::string bars(unsigned count, unsigned first = 0) {
  std::string bytes;
  for (unsigned i = first; i < first + count; ++i)
    for (unsigned y = 0; y < 8; ++y)
      for (unsigned x = 0; x < 8; ++x)
        bytes += (i % 2 == 0 ? y : x) == i / 2 % 8
                     ? '\xf0'
                     : static_cast<char>((i * 7 + x) % 20 + first / 20);
  return bytes;
}
inline std::string classes(unsigned count) {
  std::string bytes;
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(i % 2);
  return bytes;
}

}  // namespace glia::cli
