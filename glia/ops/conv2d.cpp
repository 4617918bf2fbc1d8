#include "glia/base/format.h"
#include "glia/ops/conv.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {

namespace {

void expect_good(const Call& c, const ConvGeometry& g) {
  bool good = g.stride.size() == 2 && g.padding.size() == 4 && g.dilation.size() == 2;
  for (std::size_t i = 0; good && i < 2; ++i) good = g.stride[i] > 0 && g.dilation[i] > 0;
  for (std::size_t i = 0; good && i < 4; ++i) good = g.padding[i] >= 0;
  if (!good || g.groups <= 0)
    fail(
        "E-SHAPE-05",
        "{}: stride {}, padding {}, dilation {}, groups {}: expected two positive strides and "
        "dilations, four paddings of at least 0 (top, bottom, left, right), and at least one group",
        c.where(), g.stride, g.padding, g.dilation, g.groups);
}

}  // namespace

Shape conv2d_shape(const Call& c, const Shape& x, const Shape& weight) {
  if (x.rank() != 4 || weight.rank() != 4)
    fail("E-SHAPE-01", "{}: got images {} and weight {}, expected [N, C, H, W] and {}", c.where(),
         x.text(), weight.text(), "[out, in / groups, height, width]");
  const ConvGeometry g(c.attributes);
  expect_good(c, g);
  const Dim expected = weight[1] * Dim(g.groups);
  if (!(x[1] == expected))
    fail("E-SHAPE-03", "{}: input {} has {} channels, weight {} expects {}; set in_channels={}",
         c.where(), x.text(), x[1].text(), weight.text(), expected.text(), x[1].text());
  if (weight[0].value() % g.groups != 0)
    fail("E-SHAPE-03", "{}: {} filters cannot be split into {} groups", c.where(), weight[0].text(),
         g.groups);
  const auto [height, width] =
      slide(c, x, {weight[2].value(), weight[3].value()}, g.stride, g.padding, g.dilation);
  return {x[0], weight[0], height, width};
}

namespace {

std::vector<Type> infer(const Call& c) {
  expect_rank(c, 0, 4, "images are [N, C, H, W]; give the input three dimensions per sample");
  const DType dtype = product_dtype(c);
  if (c.inputs() == 3) expect_dtype(c, 2, dtype);
  const Shape shape = conv2d_shape(c, c[0].shape(), c[1].shape());
  if (c.inputs() == 3) expect_shape(c, 2, Shape{shape[1]}, "the bias");
  return {{dtype, shape, c[0].type().layout}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  Value dz = dy[0];
  if (c.attributes.text("activation") == "relu") dz = select(greater(y[0], 0.0), dz, zero_like(dz));
  const Value d = cast(dz, c[0].dtype());
  const Value dx = conv2d_input_gradient(c[1], d, c[0].shape(), c.attributes);
  const Value dw = conv2d_weight_gradient(c[0], d, c[1].shape(), c.attributes);
  if (c.inputs() == 2) return {dx, dw};
  return {dx, dw, reduce_sum(dz, {0, 2, 3})};
}

Cost cost(const Call& c) {
  const auto types = infer(c);
  return {2 * static_cast<double>(types[0].shape.elements()) *
              static_cast<double>(c[1].shape().elements() / c[1].shape()[0].value()),
          0};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef conv2d_def{
    .name = "conv2d",
    .doc =
        "activation(cross-correlation of x with the weight + bias). x: [N, C, H, W], weight: [O, "
        "C/groups, h, w], bias: [O] -> [N, O, H', W'].",
    .min_inputs = 2,
    .max_inputs = 3,
    .attributes = {{"stride", Ints{1, 1}},
                   {"padding", Ints{0, 0, 0, 0}},
                   {"dilation", Ints{1, 1}},
                   {"groups", std::int64_t{1}},
                   {"activation", std::string("none")}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .tolerance = 1e-4,
    .samples =
        {{"plain", {normal({2, 3, 6, 5}), normal({4, 3, 3, 3})}},
         {"padded", {normal({2, 3, 6, 5}), normal({4, 3, 3, 3})}, {{"padding", Ints{1, 1, 1, 1}}}},
         {"strided",
          {normal({2, 3, 7, 8}), normal({4, 3, 3, 2})},
          {{"stride", Ints{2, 3}}, {"padding", Ints{1, 0, 0, 1}}}},
         {"dilated", {normal({1, 2, 8, 8}), normal({3, 2, 3, 3})}, {{"dilation", Ints{2, 2}}}},
         {"grouped", {normal({2, 4, 5, 5}), normal({6, 2, 3, 3})}, {{"groups", std::int64_t{2}}}},
         {"grey",
          {normal({2, 1, 9, 9}), normal({8, 1, 3, 3}), normal({8})},
          {{"padding", Ints{1, 1, 1, 1}}}},
         {"wide",
          {normal({2, 16, 7, 7}), normal({24, 16, 3, 3}), normal({24})},
          {{"padding", Ints{1, 1, 1, 1}}, {"activation", std::string("relu")}}},
         {"everything",
          {normal({2, 4, 9, 8}), normal({6, 2, 2, 3}), normal({6})},
          {{"stride", Ints{2, 1}},
           {"padding", Ints{0, 1, 2, 1}},
           {"dilation", Ints{3, 2}},
           {"groups", std::int64_t{2}}}},
         {"empty", {normal({0, 3, 6, 5}), normal({4, 3, 3, 3})}}},
};

Value conv2d(Value x, Value weight, const Conv2dOptions& o) {
  return call(conv2d_def, {x, weight},
              {{"stride", o.stride},
               {"padding", o.padding},
               {"dilation", o.dilation},
               {"groups", o.groups}})[0];
}

}  // namespace glia
