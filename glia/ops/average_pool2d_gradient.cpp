#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<Type> infer(const Call& c) {
  const Shape& x = c.attributes.shape("shape");
  expect_floating(c, 0);
  expect_shape(c, 0, pool2d_shape(c, x), "dy");
  return {{c[0].dtype(), x, c[0].type().layout}};
}

// Both are linear, so each is the other's gradient.
Values gradient(const Call& c, const Values&, const Values& dy) {
  Attributes attributes = PoolGeometry(c).attributes();
  attributes.set("count_padding", c.attributes.flag("count_padding"));
  return call(average_pool2d_def, {dy[0]}, attributes);
}

}  // namespace

const OpDef average_pool2d_gradient_def{
    .name = "average_pool2d_gradient",
    .doc =
        "dy spread evenly over the windows of average_pool2d. dy: [N, C, H', W'] -> shape, [N, C, "
        "H, W].",
    .attributes = {{"window", Ints{2, 2}},
                   {"stride", Ints{2, 2}},
                   {"padding", Ints{0, 0, 0, 0}},
                   {"count_padding", true},
                   {"shape", Shape{}, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"halves", {normal({2, 3, 3, 4})}, {{"shape", Shape{2, 3, 6, 8}}}},
                {"overlapping",
                 {normal({2, 3, 4, 6})},
                 {{"window", Ints{3, 2}},
                  {"stride", Ints{2, 1}},
                  {"padding", Ints{1, 2, 0, 1}},
                  {"shape", Shape{2, 3, 7, 6}}}},
                {"without_padding",
                 {normal({2, 9, 4, 6})},
                 {{"window", Ints{3, 2}},
                  {"stride", Ints{2, 1}},
                  {"padding", Ints{1, 2, 0, 1}},
                  {"count_padding", false},
                  {"shape", Shape{2, 9, 7, 6}}}}},
};

}  // namespace glia
