#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] * sign(c[0])}; }
}  // namespace

const OpDef abs_def{
    .name = "abs",
    .doc = "|x|; its gradient at 0 is 0. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::abs,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value abs(Value x) { return call(abs_def, {x})[0]; }

}  // namespace glia
