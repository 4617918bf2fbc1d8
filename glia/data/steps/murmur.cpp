#include "glia/data/steps/murmur.h"

#include <bit>

namespace glia::data {

std::uint32_t murmur3(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return std::uint32_t{static_cast<std::uint8_t>(text[i])};
  };
  const auto mixed = [](std::uint32_t k) { return std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U; };
  std::uint32_t h = 0;
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    h ^= mixed(byte(i) | byte(i + 1) << 8 | byte(i + 2) << 16 | byte(i + 3) << 24);
    h = std::rotl(h, 13) * 5 + 0xe6546b64U;
  }
  std::uint32_t rest = 0;
  for (std::size_t shift = 0; i < text.size(); ++i, shift += 8) rest |= byte(i) << shift;
  h ^= mixed(rest) ^ static_cast<std::uint32_t>(text.size());
  h = (h ^ h >> 16) * 0x85ebca6bU;
  h = (h ^ h >> 13) * 0xc2b2ae35U;
  return h ^ h >> 16;
}

}  // namespace glia::data
