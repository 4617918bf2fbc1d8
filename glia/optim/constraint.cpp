#include "glia/optim/constraint.h"

#include "glia/base/format.h"
#include "glia/optim/rule.h"

namespace glia::optim {
namespace {

constexpr double kEpsilon = 1e-7;  // Keras's

Value lengths(Value w, std::vector<int> axis, std::string_view name) {
  const int rank = w.rank();
  if (axis.empty()) {
    for (int i = rank > 1 ? 1 : 0; i < rank; ++i) axis.push_back(i);
  }
  for (const int a : axis)
    expect(a >= -rank && a < rank, name,
           fmt::format("layer '{}': axis {} is none of a weight {}", w.graph().scope(), a,
                       w.shape().text()));
  return sqrt(reduce_sum(square(w), std::move(axis), true));
}

}  // namespace

Constraint non_negative() {
  return {"non_negative", [](Value w) { return maximum(w, 0.0); }, ""};
}

Constraint unit_norm(UnitNormOptions o) {
  return {"unit_norm", [o](Value w) { return w / (lengths(w, o.axis, "unit_norm") + kEpsilon); },
          fmt::format("axis [{}]", fmt::join(o.axis, ", "))};
}

Constraint max_norm(MaxNormOptions o) {
  expect(o.value > 0, "max_norm", fmt::format("value is {}, expected above 0", o.value));
  return {"max_norm",
          [o](Value w) {
            const Value length = lengths(w, o.axis, "max_norm");
            return w * (minimum(length, o.value) / (length + kEpsilon));
          },
          fmt::format("value {}, axis [{}]", o.value, fmt::join(o.axis, ", "))};
}

}  // namespace glia::optim
