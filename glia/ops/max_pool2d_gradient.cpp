#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& x = c.attributes.shape("shape");
  expect_floating(c, 0);
  expect_dtype(c, 1, DType::u8);
  const Shape y = max_pool2d_shape(c, x);
  expect_shape(c, 0, y, "dy");
  expect_shape(c, 1, y, "index");
  return {{c[0].dtype(), x, c[0].type().layout}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {max_pool2d_gather(dy[0], c[1], PoolGeometry(c)), {}};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef max_pool2d_gradient_def{
    .name = "max_pool2d_gradient",
    .doc =
        "dy summed into the places where max_pool2d found its maxima. dy: [N, C, H', W'], index: "
        "u8 the same -> shape, [N, C, H, W].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"window", Ints{2, 2}},
                   {"stride", Ints{2, 2}},
                   {"padding", Ints{0, 0, 0, 0}},
                   {"shape", Shape{}, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"halves",
                 {normal({2, 3, 3, 4}), integers({2, 3, 3, 4}, 0, 4, DType::u8)},
                 {{"shape", Shape{2, 3, 6, 8}}}},
                {"odd",
                 {normal({2, 8, 3, 3}), integers({2, 8, 3, 3}, 0, 4, DType::u8)},
                 {{"shape", Shape{2, 8, 7, 7}}}},
                {"overlapping",
                 {normal({1, 2, 3, 3}), integers({1, 2, 3, 3}, 4, 5, DType::u8)},
                 {{"shape", Shape{1, 2, 5, 5}},
                  {"window", Ints{3, 3}},
                  {"stride", Ints{2, 2}},
                  {"padding", Ints{1, 1, 1, 1}}}}},
};

Value max_pool2d_gradient(Value dy, Value index, const Shape& input, const PoolGeometry& geometry) {
  Attributes attributes = geometry.attributes();
  attributes.set("shape", input);
  return call(max_pool2d_gradient_def, {dy, index}, attributes)[0];
}

}  // namespace glia
