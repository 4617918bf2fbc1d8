#include <algorithm>
#include <cmath>
#include <numeric>

#include "glia/ops/spatial.h"

namespace glia {
namespace {

// The place of the result's place i among the L places of the source.
double source_of(std::int64_t i, std::int64_t length, std::int64_t n, bool align_corners) {
  const auto l = static_cast<double>(length), to = static_cast<double>(n);
  const auto at = static_cast<double>(i);
  if (align_corners) return n == 1 ? 0 : at * (l - 1) / (to - 1);
  return std::max(0.0, (at + 0.5) * l / to - 0.5);
}

Tensor weights(std::int64_t length, std::int64_t n, Interpolation interpolation,
               bool align_corners) {
  Tensor matrix(DType::f64, {length, n});
  for (std::int64_t i = 0; i < n; ++i) {
    if (interpolation == Interpolation::nearest) {
      matrix.set(i * length / n * n + i, 1);
      continue;
    }
    const double at = source_of(i, length, n, align_corners);
    const auto low = std::min(static_cast<std::int64_t>(at), length - 1);
    const std::int64_t high = std::min(low + 1, length - 1);
    const double share = at - static_cast<double>(low);
    matrix.set(low * n + i, high == low ? 1 : 1 - share);
    if (high != low) matrix.set(high * n + i, share);
  }
  return matrix;
}

}  // namespace

Value map_axis(Value x, int axis, Value matrix) {
  const int last = x.rank() - 1;
  if (axis == last) return matmul(x, matrix);
  std::vector<int> swapped(static_cast<std::size_t>(x.rank()));
  std::iota(swapped.begin(), swapped.end(), 0);
  std::swap(swapped[static_cast<std::size_t>(axis)], swapped[static_cast<std::size_t>(last)]);
  return transpose(matmul(transpose(x, swapped), matrix), swapped);
}

Value repeat(Value x, int axis, std::int64_t times) {
  if (times == 1) return x;
  Shape apart, spread, joined = x.shape();
  for (int i = 0; i < x.rank(); ++i) {
    apart.push_back(x.dim(i));
    spread.push_back(x.dim(i));
    if (i != axis) continue;
    apart.push_back(1);
    spread.push_back(times);
    joined[i] = x.dim(i) * Dim(times);
  }
  return reshape(broadcast_to(reshape(x, apart), spread), joined);
}

Value resize(Value x, const PerAxis& sizes, Interpolation interpolation, bool align_corners) {
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const int axis = static_cast<int>(i) + 2;
    const std::int64_t length = x.dim(axis).value();
    if (sizes[i] == length) continue;
    const Tensor matrix = weights(length, sizes[i], interpolation, align_corners);
    x = map_axis(x, axis, x.graph().constant(matrix.to(x.dtype())));
  }
  return x;
}

}  // namespace glia
