// What the three convolution ops share.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// Stride and dilation as {vertical, horizontal}, padding as {top, bottom, left, right}.
// conv2d_shape() has seen that they are good.
struct ConvGeometry {
  explicit ConvGeometry(const Attributes& attributes);
  std::vector<std::int64_t> stride, padding, dilation;
  std::int64_t groups;
};

// The shape that conv2d gives for x and weight, which it holds against each other and against the
// attributes: E-SHAPE-01, E-SHAPE-03, E-SHAPE-04, E-SHAPE-05.
Shape conv2d_shape(const Call& call, const Shape& x, const Shape& weight);

// The gradients of conv2d; `options` holds conv2d's attributes. They are linear in both operands,
// and each one's gradients are the other two convolution ops.
Value conv2d_input_gradient(Value weight, Value dy, const Shape& input, const Attributes& options);
Value conv2d_weight_gradient(Value x, Value dy, const Shape& weight, const Attributes& options);

}  // namespace glia
