// Internal: the checksum of TensorFlow's record files.
#pragma once

#include <cstdint>
#include <string_view>

namespace glia::train {

// CRC-32C (Castagnoli; RFC 3720, appendix B.4): polynomial 0x1edc6f41, reflected.
std::uint32_t crc32c(std::string_view bytes);

// As a record holds it: rotated and shifted, so that the checksum of data with checksums in it is
// no special one.
std::uint32_t masked_crc32c(std::string_view bytes);

}  // namespace glia::train
