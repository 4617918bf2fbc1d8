#include <cmath>

#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call&) { return {{DType::boolean, {}}}; }

Cost cost(const Call& c) {
  double elements = 0;
  for (const Value& v : c.in) elements += static_cast<double>(v.shape().elements());
  return {elements, 0};
}

}  // namespace

const OpDef all_finite_def{
    .name = "all_finite",
    .doc = "Whether no element is NaN or infinite. x...: [...] -> scalar bool.",
    .max_inputs = -1,
    .infer = infer,
    .cost = cost,
    .samples = {{"several", {normal({3, 5}), normal({1001}), normal({})}},
                {"infinite", {normal({3, 5}), filled({2}, INFINITY)}},
                {"empty", {normal({0, 5})}}},
};

Value all_finite(Values xs) { return call(all_finite_def, std::move(xs))[0]; }

}  // namespace glia
