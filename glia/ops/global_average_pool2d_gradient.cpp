#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const auto layout = static_cast<Layout>(c.attributes.integer("layout"));
  const Shape& x = c.attributes.shape("shape");
  expect_floating(c, 0);
  if (x.rank() != 4)
    fail("E-SHAPE-01", "{}: got shape {}, expected images [N, C, H, W]", c.where(), x.text());
  expect_shape(c, 0, Shape{x[0], x[1]}, "dy");
  return {{c[0].dtype(), x, layout}};
}

Values gradient(const Call&, const Values&, const Values& dy) {
  return {global_average_pool2d(dy[0])};
}

Values decompose(const Call& c) {
  const Shape& shape = c.attributes.shape("shape");
  const Value dy = reshape(c[0], {shape[0], shape[1], 1, 1});
  const Value count =
      c[0].graph().scalar(static_cast<double>((shape[2] * shape[3]).value()), c[0].dtype());
  const auto layout = static_cast<Layout>(c.attributes.integer("layout"));
  return {reorder(broadcast_to(dy / count, shape), layout)};
}

}  // namespace

const OpDef global_average_pool2d_gradient_def{
    .name = "global_average_pool2d_gradient",
    .doc = "dy / (H W), repeated over height and width. dy: [N, C] -> shape, [N, C, H, W].",
    .attributes = {{"shape", Shape{}, true}, {"layout", std::int64_t{0}}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .samples = {{"images", {normal({2, 3})}, {{"shape", Shape{2, 3, 5, 4}}}},
                {"empty", {normal({0, 3})}, {{"shape", Shape{0, 3, 5, 4}}}}},
};

}  // namespace glia
