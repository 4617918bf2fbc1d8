#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_floating(c, 0);
  expect_dtype(c, 1, DType::u8);
  expect_shape(c, 1, max_pool2d_shape(c, c[0].shape()), "index");
  return {{c[0].dtype(), c[1].shape(), c[0].type().layout}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {max_pool2d_gradient(dy[0], c[1], c[0].shape(), PoolGeometry(c)), {}};
}

using Ints = std::vector<std::int64_t>;

}  // namespace

const OpDef max_pool2d_gather_def{
    .name = "max_pool2d_gather",
    .doc =
        "The elements of x at the places where max_pool2d found its maxima. x: [N, C, H, W], "
        "index: u8 [N, C, H', W'] -> [N, C, H', W'].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"window", Ints{2, 2}}, {"stride", Ints{2, 2}}, {"padding", Ints{0, 0, 0, 0}}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"halves", {normal({2, 3, 6, 8}), integers({2, 3, 3, 4}, 0, 4, DType::u8)}},
                {"overlapping",
                 {normal({1, 2, 5, 5}), integers({1, 2, 3, 3}, 4, 5, DType::u8)},
                 {{"window", Ints{3, 3}}, {"stride", Ints{2, 2}}, {"padding", Ints{1, 1, 1, 1}}}}},
};

Value max_pool2d_gather(Value x, Value index, const PoolGeometry& geometry) {
  return call(max_pool2d_gather_def, {x, index}, geometry.attributes())[0];
}

}  // namespace glia
