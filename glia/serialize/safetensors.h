// Safetensors files: named tensors and nothing that runs.
//
// The format (github.com/huggingface/safetensors, "Format"): 8 bytes with the header's length N,
// little endian; N bytes of UTF-8 JSON, {"name": {"dtype": "F32", "shape": [2, 3],
// "data_offsets": [begin, end]}, ..., "__metadata__": {"key": "text"}}; then the tensors' bytes,
// little endian, row-major, without holes or overlap.
//
// Reading trusts nothing: offsets that overlap, leave holes or point outside, a header larger than
// the file or than 100 MB, broken JSON or UTF-8, names given twice, shapes whose bytes do not fit
// the offsets, a file cut short or with more behind its end are Errors, before any tensor is made;
// memory stays in proportion to the file's size.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "glia/tensor/tensor.h"

namespace glia::serialize {

using TensorMap = std::map<std::string, Tensor, std::less<>>;      // by name
using Metadata = std::map<std::string, std::string, std::less<>>;  // free text, by key

struct Safetensors {
  TensorMap tensors;
  Metadata metadata;

  // Error E-SAFE-09 where there is no such tensor; it names the nearest.
  const Tensor& at(std::string_view name) const;
};

// The file's tensors, copied; cost: one pass over the bytes. F32 F64 I32 I64 U8 BOOL keep their
// type; F16 and BF16 become f32, exactly. Errors: those of MappedFile, and
//   E-SAFE-01 shorter than its header says, E-SAFE-02 a header over 100 MB, E-SAFE-03 not JSON of
//   the format's form, E-SAFE-04 a name twice, E-SAFE-05 an unknown or unsupported dtype, E-SAFE-06
//   shape and offsets do not fit, E-SAFE-07 overlap, hole, outside or trailing bytes, E-SAFE-08 a
//   BOOL byte that is neither 0 nor 1.
Safetensors read_safetensors(const std::filesystem::path& path);

// The same from memory; `where` stands for the file in messages.
Safetensors read_safetensors_bytes(std::span<const std::byte> bytes,
                                   std::string_view where = "safetensors");

// The file's bytes, the same for the same tensors and metadata, and the same that the reference
// implementation writes: tensors by dtype (I64 F64 F32 I32 U8 BOOL: by alignment, largest first),
// then by the bytes of their names; metadata by key; the header padded with spaces to a multiple
// of 8. Error E-SAFE-10 for a name or text that is not UTF-8, or a tensor named "__metadata__".
std::string safetensors_bytes(const TensorMap& tensors, const Metadata& metadata = {});

// Writes the same to a file that is replaced as a whole or not at all (AtomicFile), tensor by
// tensor without a second copy in memory. Errors: those of AtomicFile, and E-SAFE-10.
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const Metadata& metadata = {});

}  // namespace glia::serialize
