// What the pooling ops share.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// Window and stride as {vertical, horizontal}, padding as {top, bottom, left, right}.
struct PoolGeometry {
  explicit PoolGeometry(const Call& call);
  std::vector<std::int64_t> window, stride, padding;
  Attributes attributes() const;
};

// The shape that a pooling gives for x: E-SHAPE-01, E-SHAPE-04, E-SHAPE-05.
Shape pool2d_shape(const Call& call, const Shape& x);
// Likewise; a window has at most 256 elements.
Shape max_pool2d_shape(const Call& call, const Shape& x);

// dy goes where the maximum was; index: the position in the window, as max_pool2d gives it.
Value max_pool2d_gradient(Value dy, Value index, const Shape& input, const PoolGeometry& geometry);
// The elements of x at which the maxima were: max_pool2d's derivative in the direction x.
Value max_pool2d_gather(Value x, Value index, const PoolGeometry& geometry);

}  // namespace glia
