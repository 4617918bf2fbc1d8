#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_rank(c, 0, 4, "images are [N, C, H, W]");
  expect_floating(c, 0);
  return {{c[0].dtype(), Shape{c[0].dim(0), c[0].dim(1)}}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {call(global_average_pool2d_gradient_def, {dy[0]}, {{"shape", c[0].shape()}})[0]};
}

Values decompose(const Call& c) { return {reduce_mean(reorder(c[0], Layout::plain), {2, 3})}; }

}  // namespace

const OpDef global_average_pool2d_def{
    .name = "global_average_pool2d",
    .doc = "The mean over height and width. x: [N, C, H, W] -> [N, C].",
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost_of_input,
    .samples = {{"images", {normal({2, 3, 5, 4})}},
                {"one", {normal({1, 8, 1, 1})}},
                {"empty", {normal({0, 3, 5, 4})}}},
};

Value global_average_pool2d(Value x) { return call(global_average_pool2d_def, {x})[0]; }

}  // namespace glia
