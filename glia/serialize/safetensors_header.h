// Internal: the header of a safetensors file, read from text and checked.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/serialize/safetensors.h"
#include "glia/tensor/dtype.h"

namespace glia::serialize {

inline constexpr std::uint64_t kHeaderLimit = 100'000'000;  // the reference implementation's
inline constexpr std::size_t kRankLimit = 64;               // NumPy's; far above any real one
inline constexpr std::string_view kMetadataKey = "__metadata__";

// How the elements lie in the file.
enum class Stored { f64, f32, f16, bf16, i64, i32, u8, boolean };
std::size_t stored_size(Stored stored);
DType dtype_for(Stored stored);  // what a reader makes of it

struct Entry {
  std::string name;
  Stored stored;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;  // from the first byte after the header
};

struct Header {
  std::vector<Entry> entries;  // in the order of their bytes
  Metadata metadata;
};

// Errors E-SAFE-03 to -07; `data_bytes`: what the file has after its header.
Header parse_header(std::string_view json, std::uint64_t data_bytes, std::string_view where);

}  // namespace glia::serialize
