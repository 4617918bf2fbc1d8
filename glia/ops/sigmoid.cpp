#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) {
  return {dy[0] * y[0] * (1.0 - y[0])};
}
}  // namespace

const OpDef sigmoid_def{
    .name = "sigmoid",
    .doc = "1 / (1 + e^-x), without overflow. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::sigmoid,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value sigmoid(Value x) { return call(sigmoid_def, {x})[0]; }

}  // namespace glia
