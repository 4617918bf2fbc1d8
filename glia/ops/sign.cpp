#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
// Flat on both sides of the jump: nothing flows. A rule all the same, so that second derivatives of
// what uses it exist.
Values gradient(const Call&, const Values&, const Values&) { return {Value()}; }
}  // namespace

const OpDef sign_def{
    .name = "sign",
    .doc = "-1, 0 or 1; its gradient is 0. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::sign,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value sign(Value x) { return call(sign_def, {x})[0]; }

}  // namespace glia
