#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] * c[0] * 2.0}; }
}  // namespace

const OpDef square_def{
    .name = "square",
    .doc = "x * x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::square,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}}},
};

Value square(Value x) { return call(square_def, {x})[0]; }

}  // namespace glia
