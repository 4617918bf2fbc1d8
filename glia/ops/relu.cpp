#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) {
  return {select(greater(y[0], 0.0), dy[0], zero_like(dy[0]))};
}
}  // namespace

const OpDef relu_def{
    .name = "relu",
    .doc = "max(x, 0); its gradient at 0 is 0. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::relu,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value relu(Value x) { return call(relu_def, {x})[0]; }

}  // namespace glia
