#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

const OpDef greater_equal_def{
    .name = "greater_equal",
    .doc = "a >= b as bool. a: [...], b: [...] -> the broadcast shape.",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer_comparison,
    .elementwise = true,
    .micro = Micro::greater_equal,
    .samples = {{"matrices", {normal({3, 5}), normal({3, 5})}},
                {"row", {normal({3, 5}), normal({5})}},
                {"column", {normal({3, 1}), normal({3, 5})}},
                {"scalar", {normal({3, 5}), normal({})}},
                {"channel", {normal({2, 3, 4, 5}), normal({1, 3, 1, 1})}},
                {"empty", {normal({0, 5}), normal({5})}}},
};

Value greater_equal(Value a, Value b) { return call(greater_equal_def, {a, b})[0]; }

}  // namespace glia
