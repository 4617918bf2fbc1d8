// Internal: how the reference kernels see values.
#pragma once

#include <cstdint>
#include <vector>

#include "glia/ir/graph.h"

namespace glia::naive {

bool is_whole(DType dtype);  // i32, i64, u8

// A value in plain row-major order, in the widest type of its kind: numbers and booleans (0 and 1)
// as double, whole numbers as int64, so that counters stay exact.
struct Array {
  explicit Array(const Type& type);  // zeros

  DType dtype = DType::f32;
  std::vector<std::int64_t> sizes;
  std::vector<double> values;       // unless whole
  std::vector<std::int64_t> whole;  // where the dtype is whole

  std::int64_t elements() const;
  double at(std::int64_t i) const {
    const auto k = static_cast<std::size_t>(i);
    return whole.empty() ? values[k] : static_cast<double>(whole[k]);
  }
  double& operator[](std::int64_t i) { return values[static_cast<std::size_t>(i)]; }
  double operator[](std::int64_t i) const { return values[static_cast<std::size_t>(i)]; }

  // Element `to` becomes from's element `i`; both have the same kind of dtype.
  void copy(std::int64_t to, const Array& from, std::int64_t i);
};
using Arrays = std::vector<Array>;

// From and to memory that lies as `type` says, its layout included.
Array load(const Type& type, const void* memory);
void store(const Array& array, const Type& type, void* memory);

std::int64_t product(const std::vector<std::int64_t>& sizes);

// A double as a whole number: cut towards zero, held within the range of i64; NaN gives 0.
std::int64_t to_whole(double v);
// What remains of v in a whole dtype of fewer bits.
std::int64_t wrap(DType dtype, std::int64_t v);

// One empty array for each output of the node.
Arrays outputs_of(const Node& node);

}  // namespace glia::naive
