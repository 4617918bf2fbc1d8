// Internal: the hash of hashed categories.
#pragma once

#include <cstdint>
#include <string_view>

namespace glia::data {

// MurmurHash3_x86_32 (A. Appleby, 2011) with seed 0. The same on every machine.
std::uint32_t murmur3(std::string_view text);

}  // namespace glia::data
