#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call&, const Values&, const Values& dy) { return {-dy[0]}; }
}  // namespace

const OpDef neg_def{
    .name = "neg",
    .doc = "-x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::neg,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value neg(Value x) { return call(neg_def, {x})[0]; }

}  // namespace glia
