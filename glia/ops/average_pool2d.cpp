#include "glia/ops/ops.h"
#include "glia/ops/pool.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<Type> infer(const Call& c) {
  expect_floating(c, 0);
  return {{c[0].dtype(), pool2d_shape(c, c[0].shape()), c[0].type().layout}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  Attributes attributes = c.attributes;
  attributes.set("shape", c[0].shape());
  return call(average_pool2d_gradient_def, {dy[0]}, attributes);
}

}  // namespace

const OpDef average_pool2d_def{
    .name = "average_pool2d",
    .doc =
        "The mean of each window; padding counts as zeros, or not at all (count_padding). x: [N, "
        "C, H, W] -> [N, C, H', W'].",
    .attributes = {{"window", Ints{2, 2}},
                   {"stride", Ints{2, 2}},
                   {"padding", Ints{0, 0, 0, 0}},
                   {"count_padding", true}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost_of_input,
    .samples = {{"halves", {normal({2, 3, 6, 8})}},
                {"odd", {normal({2, 9, 7, 7})}},
                {"overlapping",
                 {normal({2, 3, 7, 6})},
                 {{"window", Ints{3, 2}}, {"stride", Ints{2, 1}}, {"padding", Ints{1, 2, 0, 1}}}},
                {"without_padding",
                 {normal({2, 3, 7, 6})},
                 {{"window", Ints{3, 2}},
                  {"stride", Ints{2, 1}},
                  {"padding", Ints{1, 2, 0, 1}},
                  {"count_padding", false}}},
                {"empty", {normal({0, 3, 6, 8})}}},
};

Value average_pool2d(Value x, const Pool2dOptions& o, bool count_padding) {
  return call(average_pool2d_def, {x},
              {{"window", o.window},
               {"stride", o.stride},
               {"padding", o.padding},
               {"count_padding", count_padding}})[0];
}

}  // namespace glia
