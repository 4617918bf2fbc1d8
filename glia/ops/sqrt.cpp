#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values& y, const Values& dy) { return {dy[0] * 0.5 / y[0]}; }
}  // namespace

const OpDef sqrt_def{
    .name = "sqrt",
    .doc = "the square root of x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::sqrt,
    .samples = {{"matrix", {uniform({3, 5}, 0.5, 2)}},
                {"scalar", {uniform({}, 0.5, 2)}},
                {"empty", {uniform({0, 5}, 0.5, 2)}}},
};

Value sqrt(Value x) { return call(sqrt_def, {x})[0]; }

}  // namespace glia
