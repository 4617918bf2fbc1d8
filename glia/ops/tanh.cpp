#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) {
  return {dy[0] * (1.0 - square(y[0]))};
}
}  // namespace

const OpDef tanh_def{
    .name = "tanh",
    .doc = "the hyperbolic tangent of x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::tanh,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value tanh(Value x) { return call(tanh_def, {x})[0]; }

}  // namespace glia
