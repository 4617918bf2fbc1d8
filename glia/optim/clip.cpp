#include "glia/optim/clip.h"

#include "glia/base/format.h"
#include "glia/optim/rule.h"

namespace glia::optim {
namespace {

Value scale_of(Value squares, double bound) { return minimum(bound / (sqrt(squares) + 1e-6), 1.0); }

}  // namespace

void check(const Clip& c) {
  expect_at_least_0(c.value, "clip", "value");
  expect_at_least_0(c.norm, "clip", "norm");
  expect_at_least_0(c.global_norm, "clip", "global_norm");
}

Values clipped(Values gradients, const Clip& c) {
  check(c);
  if (c.value > 0)
    for (Value& g : gradients) g = minimum(maximum(g, -c.value), c.value);
  if (c.norm > 0)
    for (Value& g : gradients) g = g * scale_of(reduce_sum(square(g)), c.norm);
  if (c.global_norm > 0) {
    Value squares;
    for (const Value& g : gradients) {
      const Value own = reduce_sum(square(g));
      squares = squares ? squares + own : own;
    }
    const Value scale = scale_of(squares, c.global_norm);
    for (Value& g : gradients) g = g * scale;
  }
  return gradients;
}

}  // namespace glia::optim
