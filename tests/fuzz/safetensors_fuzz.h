// Internal: what must hold for any bytes that a stranger calls a safetensors file, and files to
// begin with. Shared by the fuzzer (clang, ./x fuzz) and by a short test of every build.
#pragma once

#include <cstdlib>
#include <map>
#include <span>
#include <string>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/serialize/safetensors.h"

namespace glia::serialize {

// True where the bytes were read. They are read or refused with an Error that has a code of the
// reader's; what was read takes no more memory than twice the bytes (F16 widens), and can be
// written and read again as the same.
inline bool survives(std::span<const std::byte> bytes, const char** broken) {
  Safetensors file;
  try {
    file = read_safetensors_bytes(bytes);
  } catch (const Error& error) {
    if (!error.code().starts_with("E-SAFE-0")) *broken = "an error that is not the reader's";
    return false;
  }
  std::size_t total = 0;
  for (const auto& [name, tensor] : file.tensors) total += tensor.bytes();
  if (total > 2 * bytes.size()) *broken = "tensors larger than the file";
  const auto written = safetensors_bytes(file.tensors, file.metadata);
  const auto again = read_safetensors_bytes(as_bytes(written));
  if (again.metadata != file.metadata) *broken = "other metadata";
  if (again.tensors.size() != file.tensors.size()) *broken = "other tensors";
  for (const auto& [name, tensor] : file.tensors)
    if (!same_bits(tensor, again.at(name))) *broken = "another tensor";
  if (safetensors_bytes(again.tensors, again.metadata) != written) *broken = "other bytes";
  return true;
}

// Small files by name: of every dtype, with metadata, empty, and some that are just wrong.
inline std::map<std::string, std::string> safetensors_seeds() {
  const auto raw = [](const std::string& header, std::size_t data) {
    const auto length = static_cast<std::uint64_t>(header.size());
    return std::string(reinterpret_cast<const char*>(&length), 8) + header +
           std::string(data, '\1');
  };
  std::map<std::string, std::string> seeds;
  seeds["nothing"] = safetensors_bytes({});
  seeds["metadata"] = safetensors_bytes({}, {{"format", "pt"}, {"\n", "\xc3\xa9"}});
  TensorMap all;
  for (const DType dtype :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean}) {
    all[std::string("layer.") + static_cast<char>('a' + all.size())] = Tensor(dtype, {2, 1});
    seeds["one" + std::to_string(all.size())] = safetensors_bytes({{"w", Tensor(dtype, {3})}});
  }
  all["empty"] = Tensor(DType::f32, {0, 4});
  seeds["all"] = safetensors_bytes(all, {{"k", "v"}});
  for (const std::string dtype : {"F16", "BF16"})
    seeds[dtype] = raw(R"({"h":{"dtype":")" + dtype + R"(","shape":[2],"data_offsets":[0,4]}})", 4);
  seeds["overlap"] = raw(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                         R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                         3);
  seeds["overflow"] = raw(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],)"
                          R"("data_offsets":[0,0]}})",
                          0);
  seeds["escape"] =
      raw(R"({"\u00e9\ud83d\ude00":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})", 1);
  return seeds;
}

}  // namespace glia::serialize
