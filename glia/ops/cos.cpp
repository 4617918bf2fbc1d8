#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {-(dy[0] * sin(c[0]))}; }
}  // namespace

const OpDef cos_def{
    .name = "cos",
    .doc = "cos(x), x in radians. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::cos,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 40}, 0, 50)}}},
};

Value cos(Value x) { return call(cos_def, {x})[0]; }

}  // namespace glia
