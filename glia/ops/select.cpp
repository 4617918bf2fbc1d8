#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  const Value nothing = zero_like(dy[0]);
  return {
      {}, sum_to(select(c[0], dy[0], nothing), c[1]), sum_to(select(c[0], nothing, dy[0]), c[2])};
}
}  // namespace

const OpDef select_def{
    .name = "select",
    .doc =
        "a where the condition holds, b elsewhere. condition: bool [...], a, b: [...] -> the "
        "broadcast shape.",
    .min_inputs = 3,
    .max_inputs = 3,
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::select,
    .samples = {{"matrices", {booleans({3, 5}), normal({3, 5}), normal({3, 5})}},
                {"scalars", {booleans({3, 5}), normal({3, 5}), normal({})}},
                {"row", {booleans({5}), normal({3, 5}), normal({3, 1})}},
                {"empty", {booleans({0, 5}), normal({0, 5}), normal({5})}}},
};

Value select(Value condition, Value then, Value otherwise) {
  return call(select_def, {condition, then, otherwise})[0];
}

}  // namespace glia
