#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {

PoolGeometry::PoolGeometry(const Call& c)
    : window(c.attributes.integers("window")),
      stride(c.attributes.integers("stride")),
      padding(c.attributes.integers("padding")) {
  bool good = window.size() == 2 && stride.size() == 2 && padding.size() == 4;
  for (std::size_t i = 0; good && i < 2; ++i) {
    good = window[i] > 0 && stride[i] > 0;
    for (std::size_t j = 0; good && j < 2; ++j)
      good = padding[2 * i + j] >= 0 && padding[2 * i + j] < window[i];
  }
  if (!good)
    fail("E-SHAPE-05",
         "{}: window {}, stride {}, padding {}: expected a window and strides of at least 1, and "
         "paddings smaller than the window",
         c.where(), window, stride, padding);
}

Attributes PoolGeometry::attributes() const {
  return {{"window", window}, {"stride", stride}, {"padding", padding}};
}

Shape pool2d_shape(const Call& c, const Shape& x) {
  if (x.rank() != 4)
    fail("E-SHAPE-01", "{}: got shape {}, expected images [N, C, H, W]", c.where(), x.text());
  const PoolGeometry g(c);
  const auto [height, width] = slide(c, x, g.window, g.stride, g.padding);
  return {x[0], x[1], height, width};
}

Shape max_pool2d_shape(const Call& c, const Shape& x) {
  const Shape shape = pool2d_shape(c, x);
  const PoolGeometry g(c);
  if (g.window[0] * g.window[1] > 256)  // a place in it is one byte
    fail("E-SHAPE-05", "{}: a window of {} x {} has {} elements, expected at most 256", c.where(),
         g.window[0], g.window[1], g.window[0] * g.window[1]);
  return shape;
}

namespace {

std::vector<Type> infer(const Call& c) {
  expect_floating(c, 0);
  const Shape y = max_pool2d_shape(c, c[0].shape());
  return {{c[0].dtype(), y, c[0].type().layout}, {DType::u8, y, c[0].type().layout}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  return {max_pool2d_gradient(dy[0], y[1], c[0].shape(), PoolGeometry(c))};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef max_pool2d_def{
    .name = "max_pool2d",
    .doc =
        "The largest element of each window, the first of equal ones, and its position in the "
        "window (u8). x: [N, C, H, W] -> 2 x [N, C, H', W'].",
    .attributes = {{"window", Ints{2, 2}}, {"stride", Ints{2, 2}}, {"padding", Ints{0, 0, 0, 0}}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost_of_input,
    .samples = {{"halves", {normal({2, 3, 6, 8})}},
                {"odd", {normal({2, 9, 7, 7})}},
                {"overlapping",
                 {normal({2, 3, 7, 7})},
                 {{"window", Ints{3, 3}}, {"stride", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}}},
                {"uneven",
                 {normal({2, 3, 7, 6})},
                 {{"window", Ints{3, 2}}, {"stride", Ints{1, 3}}, {"padding", Ints{2, 0, 1, 1}}}},
                {"empty", {normal({0, 3, 6, 8})}}},
};

Value max_pool2d(Value x, const Pool2dOptions& o) {
  return call(max_pool2d_def, {x},
              {{"window", o.window}, {"stride", o.stride}, {"padding", o.padding}})[0];
}

}  // namespace glia
