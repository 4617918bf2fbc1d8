#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values& y, const Values& dy) {
  return {sum_to(dy[0] / c[1], c[0]), sum_to(-dy[0] * y[0] / c[1], c[1])};
}
}  // namespace

const OpDef div_def{
    .name = "div",
    .doc = "a / b. a: [...], b: [...] -> the broadcast shape.",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::div,
    .samples = {{"matrices", {normal({3, 5}), uniform({3, 5}, 0.5, 2)}},
                {"row", {normal({3, 5}), uniform({5}, 0.5, 2)}},
                {"column", {normal({3, 1}), uniform({3, 5}, 0.5, 2)}},
                {"scalar", {normal({3, 5}), uniform({}, 0.5, 2)}},
                {"channel", {normal({2, 3, 4, 5}), uniform({1, 3, 1, 1}, 0.5, 2)}},
                {"empty", {normal({0, 5}), uniform({5}, 0.5, 2)}}},
};

Value div(Value a, Value b) { return call(div_def, {a, b})[0]; }

}  // namespace glia
