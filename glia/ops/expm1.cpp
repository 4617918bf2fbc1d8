#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) { return {dy[0] * (y[0] + 1.0)}; }
}  // namespace

const OpDef expm1_def{
    .name = "expm1",
    .doc = "e^x - 1, exact for small x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::expm1,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}}},
};

Value expm1(Value x) { return call(expm1_def, {x})[0]; }

}  // namespace glia
