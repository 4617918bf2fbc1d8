#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  const Value first = greater_equal(c[0], c[1]);
  const Value nothing = zero_like(dy[0]);
  return {sum_to(select(first, dy[0], nothing), c[0]), sum_to(select(first, nothing, dy[0]), c[1])};
}
}  // namespace

const OpDef maximum_def{
    .name = "maximum",
    .doc =
        "the larger of a and b; where equal, the gradient goes to a. a: [...], b: [...] -> the "
        "broadcast shape.",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::maximum,
    .samples = {{"matrices", {normal({3, 5}), normal({3, 5})}},
                {"row", {normal({3, 5}), normal({5})}},
                {"column", {normal({3, 1}), normal({3, 5})}},
                {"scalar", {normal({3, 5}), normal({})}},
                {"channel", {normal({2, 3, 4, 5}), normal({1, 3, 1, 1})}},
                {"empty", {normal({0, 5}), normal({5})}}},
};

Value maximum(Value a, Value b) { return call(maximum_def, {a, b})[0]; }

}  // namespace glia
