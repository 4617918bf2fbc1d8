#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
// Flat between the jumps, as sign is.
Values gradient(const Call&, const Values&, const Values&) { return {Value()}; }
}  // namespace

const OpDef floor_def{
    .name = "floor",
    .doc = "The largest whole number not above x; its gradient is 0. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::floor,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}}},
};

Value floor(Value x) { return call(floor_def, {x})[0]; }

}  // namespace glia
