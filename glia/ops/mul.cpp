#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  return {sum_to(dy[0] * c[1], c[0]), sum_to(dy[0] * c[0], c[1])};
}
}  // namespace

const OpDef mul_def{
    .name = "mul",
    .doc = "a * b. a: [...], b: [...] -> the broadcast shape.",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::mul,
    .samples = {{"matrices", {normal({3, 5}), normal({3, 5})}},
                {"row", {normal({3, 5}), normal({5})}},
                {"column", {normal({3, 1}), normal({3, 5})}},
                {"scalar", {normal({3, 5}), normal({})}},
                {"channel", {normal({2, 3, 4, 5}), normal({1, 3, 1, 1})}},
                {"empty", {normal({0, 5}), normal({5})}}},
};

Value mul(Value a, Value b) { return call(mul_def, {a, b})[0]; }

}  // namespace glia
