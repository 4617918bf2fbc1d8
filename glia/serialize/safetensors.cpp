#include "glia/serialize/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/serialize/safetensors_header.h"

namespace glia::serialize {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's bytes are little endian");

// IEEE 754 binary16: sign, 5 bits of exponent, 10 of fraction. Every value is exact in 32 bits.
float from_half(std::uint16_t bits) {
  const std::uint32_t sign = std::uint32_t{bits & 0x8000u} << 16;
  const std::uint32_t exponent = (bits >> 10) & 31u, fraction = bits & 1023u;
  if (exponent == 31) return std::bit_cast<float>(sign | 0x7f800000u | fraction << 13);
  if (exponent != 0) return std::bit_cast<float>(sign | (exponent + 112) << 23 | fraction << 13);
  const float small = static_cast<float>(fraction) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(small));
}

float from_bfloat(std::uint16_t bits) { return std::bit_cast<BFloat16>(bits); }

template <class Convert>
void widen(std::span<const std::byte> from, std::span<float> into, Convert convert) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    std::uint16_t bits = 0;
    std::memcpy(&bits, from.data() + 2 * i, 2);  // the file's bytes need not be aligned
    into[i] = convert(bits);
  }
}

Tensor tensor_from(const Entry& entry, std::span<const std::byte> bytes, std::string_view where) {
  if (entry.stored == Stored::boolean) {
    const auto odd = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::byte b) { return std::to_integer<unsigned>(b) > 1; });
    if (odd != bytes.end())  // to read it as a bool would be undefined
      fail("E-SAFE-08", "{}: BOOL tensor '{}' holds the byte {}; expected 0 or 1", where,
           entry.name, std::to_integer<unsigned>(*odd));
  }
  Tensor tensor(dtype_for(entry.stored), Shape(entry.shape));
  switch (entry.stored) {
    case Stored::f16:
      widen(bytes, tensor.data<float>(), from_half);
      break;
    case Stored::bf16:
      widen(bytes, tensor.data<float>(), from_bfloat);
      break;
    default:
      if (!bytes.empty()) std::memcpy(tensor.raw(), bytes.data(), bytes.size());
  }
  return tensor;
}

std::string_view stored_name(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "F32";
    case DType::f64:
      return "F64";
    case DType::i32:
      return "I32";
    case DType::i64:
      return "I64";
    case DType::u8:
      return "U8";
    case DType::bf16:
      return "BF16";
    case DType::boolean:
      break;
  }
  return "BOOL";
}

int place_of(DType dtype) {
  static constexpr DType order[] = {DType::i64,  DType::f64, DType::f32,    DType::i32,
                                    DType::bf16, DType::u8,  DType::boolean};
  return static_cast<int>(std::find(std::begin(order), std::end(order), dtype) - order);
}

std::vector<const TensorMap::value_type*> in_file_order(const TensorMap& tensors) {
  std::vector<const TensorMap::value_type*> order;
  for (const auto& item : tensors) order.push_back(&item);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return place_of(a->second.dtype()) < place_of(b->second.dtype());
  });
  return order;
}

std::string json_text(std::string_view text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    fail("E-SAFE-10", "safetensors: the name or text '{}' is not UTF-8; give it in UTF-8",
         nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  }
}

// The length, the header, its padding.
std::string head_of(const std::vector<const TensorMap::value_type*>& order,
                    const Metadata& metadata) {
  std::string json = "{";
  if (!metadata.empty()) {
    json += json_text(kMetadataKey) + ":{";
    for (const auto& [key, text] : metadata) json += json_text(key) + ":" + json_text(text) + ",";
    json.back() = '}';
    json += ',';
  }
  std::size_t at = 0;
  for (const auto* item : order) {
    const auto& [name, tensor] = *item;
    if (name == kMetadataKey)
      fail("E-SAFE-10",
           "safetensors: a tensor cannot be named '{}', which the format keeps for "
           "itself; rename it",
           name);
    json += fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},",
                        json_text(name), stored_name(tensor.dtype()),
                        fmt::join(tensor.shape().sizes(), ","), at, at + tensor.bytes());
    at += tensor.bytes();
  }
  if (json.back() == ',') json.pop_back();
  json += '}';
  json.resize((json.size() + 7) / 8 * 8, ' ');
  const auto length = static_cast<std::uint64_t>(json.size());
  return std::string(reinterpret_cast<const char*>(&length), sizeof length) + json;
}

std::span<const std::byte> bytes_of(const Tensor& tensor) { return {tensor.raw(), tensor.bytes()}; }

}  // namespace

namespace {

// What a file is that is no safetensors file, with what to do; empty where that is not known. By
// its first bytes: of a zip archive, a pickle of protocol 2 or later, HDF5.
std::string_view other_format(std::span<const std::byte> bytes) {
  const auto begins = [&](std::string_view magic) {
    return bytes.size() >= magic.size() &&
           std::memcmp(bytes.data(), magic.data(), magic.size()) == 0;
  };
  constexpr std::string_view kSave =
      "; write the weights in Python with safetensors.torch.save_file(model.state_dict(), "
      "\"weights.safetensors\")";
  static const std::string zip = "a zip archive, as torch.save writes (a Python pickle)" +
                                 std::string(kSave),
                           pickle = "a Python pickle, as torch.save wrote before PyTorch 1.6" +
                                    std::string(kSave);
  if (begins("PK\x03\x04")) return zip;
  if (begins("\x80\x02") || begins("\x80\x03") || begins("\x80\x04") || begins("\x80\x05"))
    return pickle;
  if (begins("\x89HDF\r\n"))
    return "an HDF5 file, as Keras writes; write the weights in Python with "
           "safetensors.numpy.save_file";
  return {};
}

}  // namespace

const Tensor& Safetensors::at(std::string_view name) const {
  const auto it = tensors.find(name);
  if (it != tensors.end()) return it->second;
  std::vector<std::string> names;
  for (const auto& [known, tensor] : tensors) names.push_back(known);
  fail("E-SAFE-09", "safetensors: there is no tensor '{}'{}", name, suggest(name, names));
}

Safetensors read_safetensors_bytes(std::span<const std::byte> bytes, std::string_view where) {
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length)
    fail("E-SAFE-01", "{}: has {} bytes; a safetensors file has at least 8", where, bytes.size());
  std::memcpy(&length, bytes.data(), sizeof length);
  const auto other = length > bytes.size() ? other_format(bytes) : std::string_view();
  if (!other.empty()) fail("E-SAFE-02", "{}: is no safetensors file but {}", where, other);
  bytes = bytes.subspan(sizeof length);
  if (length > kHeaderLimit)
    fail("E-SAFE-02",
         "{}: says that its header has {} bytes; expected at most {}; is this a "
         "safetensors file?",
         where, length, kHeaderLimit);
  if (length > bytes.size())
    fail("E-SAFE-01",
         "{}: says that its header has {} bytes, and only {} follow; is the file cut "
         "short?",
         where, length, bytes.size());
  const auto data = bytes.subspan(static_cast<std::size_t>(length));
  auto header =
      parse_header(as_text(bytes.first(static_cast<std::size_t>(length))), data.size(), where);

  Safetensors file;
  file.metadata = std::move(header.metadata);
  for (auto& entry : header.entries) {
    auto tensor = tensor_from(entry,
                              data.subspan(static_cast<std::size_t>(entry.begin),
                                           static_cast<std::size_t>(entry.end - entry.begin)),
                              where);
    file.tensors.emplace(std::move(entry.name), std::move(tensor));
  }
  return file;
}

Safetensors read_safetensors(const std::filesystem::path& path) {
  const MappedFile file(path);
  return read_safetensors_bytes(file.bytes(), path.string());
}

std::string safetensors_bytes(const TensorMap& tensors, const Metadata& metadata) {
  const auto order = in_file_order(tensors);
  auto text = head_of(order, metadata);
  for (const auto* item : order) text += as_text(bytes_of(item->second));
  return text;
}

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const Metadata& metadata) {
  const auto order = in_file_order(tensors);
  const auto head = head_of(order, metadata);  // before the file is touched
  write_atomically(path, [&](AtomicFile& file) {
    file.write(head);
    for (const auto* item : order) file.write(bytes_of(item->second));
  });
}

}  // namespace glia::serialize
