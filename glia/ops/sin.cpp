#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] * cos(c[0])}; }
}  // namespace

const OpDef sin_def{
    .name = "sin",
    .doc = "sin(x), x in radians. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::sin,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 40}, 0, 50)}}},
};

Value sin(Value x) { return call(sin_def, {x})[0]; }

}  // namespace glia
