#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) { return {dy[0] / c[0]}; }
}  // namespace

const OpDef log_def{
    .name = "log",
    .doc = "ln(x). x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::log,
    .samples = {{"matrix", {uniform({3, 5}, 0.5, 2)}},
                {"scalar", {uniform({}, 0.5, 2)}},
                {"empty", {uniform({0, 5}, 0.5, 2)}}},
};

Value log(Value x) { return call(log_def, {x})[0]; }

}  // namespace glia
