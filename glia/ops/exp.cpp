#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) { return {dy[0] * y[0]}; }
}  // namespace

const OpDef exp_def{
    .name = "exp",
    .doc = "e^x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::exp,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}}},
};

Value exp(Value x) { return call(exp_def, {x})[0]; }

}  // namespace glia
