#include "glia/backends/reference/array.h"

#include <cmath>
#include <limits>

namespace glia::naive {

bool is_whole(DType dtype) { return !is_floating(dtype) && dtype != DType::boolean; }

std::int64_t product(const std::vector<std::int64_t>& sizes) {
  std::int64_t n = 1;
  for (const auto size : sizes) n *= size;
  return n;
}

Array::Array(const Type& type) : dtype(type.dtype), sizes(type.shape.sizes()) {
  const auto n = static_cast<std::size_t>(product(sizes));
  if (is_whole(dtype))
    whole.resize(n);
  else
    values.resize(n);
}

std::int64_t Array::elements() const { return product(sizes); }

void Array::copy(std::int64_t to, const Array& from, std::int64_t i) {
  const auto target = static_cast<std::size_t>(to), source = static_cast<std::size_t>(i);
  if (is_whole(dtype))
    whole[target] = from.whole[source];
  else
    values[target] = from.values[source];
}

namespace {

// Where element i of the plain order lies in memory.
std::int64_t offset(Layout layout, const std::vector<std::int64_t>& sizes, std::int64_t i) {
  if (layout == Layout::plain || sizes.size() != 4) return i;
  const std::int64_t channels = sizes[1], pixels = sizes[2] * sizes[3];
  const std::int64_t pixel = i % pixels, c = i / pixels % channels, n = i / pixels / channels;
  if (layout == Layout::channels_last) return (n * pixels + pixel) * channels + c;
  return ((n * (channels / 8) + c / 8) * pixels + pixel) * 8 + c % 8;
}

}  // namespace

Array load(const Type& type, const void* memory) {
  Array array(type);
  dispatch(type.dtype, [&](auto zero) {
    const auto* source = static_cast<const decltype(zero)*>(memory);
    for (std::int64_t i = 0, n = array.elements(); i < n; ++i) {
      const auto v = source[offset(type.layout, array.sizes, i)];
      if (array.whole.empty())
        array[i] = static_cast<double>(v);
      else
        array.whole[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(v);
    }
  });
  return array;
}

void store(const Array& array, const Type& type, void* memory) {
  dispatch(type.dtype, [&](auto zero) {
    auto* target = static_cast<decltype(zero)*>(memory);
    for (std::int64_t i = 0, n = array.elements(); i < n; ++i) {
      const auto at = offset(type.layout, array.sizes, i);
      if (array.whole.empty())
        target[at] = static_cast<decltype(zero)>(array[i]);
      else
        target[at] = static_cast<decltype(zero)>(array.whole[static_cast<std::size_t>(i)]);
    }
  });
}

std::int64_t to_whole(double v) {
  if (std::isnan(v)) return 0;
  if (v >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
  if (v < -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(v);
}

std::int64_t wrap(DType dtype, std::int64_t v) {
  if (dtype == DType::i32) return static_cast<std::int32_t>(v);
  if (dtype == DType::u8) return static_cast<std::uint8_t>(v);
  return v;
}

Arrays outputs_of(const Node& node) {
  Arrays arrays;
  for (const auto& type : node.outputs) arrays.emplace_back(type);
  return arrays;
}

}  // namespace glia::naive
