#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] / (c[0] + 1.0)}; }
}  // namespace

const OpDef log1p_def{
    .name = "log1p",
    .doc = "ln(1 + x), exact for small x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::log1p,
    .samples = {{"matrix", {uniform({3, 5}, -0.5, 2)}},
                {"scalar", {uniform({}, -0.5, 2)}},
                {"empty", {uniform({0, 5}, -0.5, 2)}}},
};

Value log1p(Value x) { return call(log1p_def, {x})[0]; }

}  // namespace glia
