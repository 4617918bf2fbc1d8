#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

const OpDef sign_def{
    .name = "sign",
    .doc = "-1, 0 or 1. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .elementwise = true,
    .micro = Micro::sign,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 4}, 0, 50)}}},
};

Value sign(Value x) { return call(sign_def, {x})[0]; }

}  // namespace glia
