#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] * sigmoid(c[0])}; }
}  // namespace

const OpDef softplus_def{
    .name = "softplus",
    .doc = "ln(1 + e^x), without overflow. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::softplus,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value softplus(Value x) { return call(softplus_def, {x})[0]; }

}  // namespace glia
