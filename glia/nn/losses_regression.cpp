// Losses between numbers, element by element.
#include <cmath>
#include <numbers>

#include "glia/base/format.h"
#include "glia/nn/loss_parts.h"
#include "glia/nn/options.h"

namespace glia::nn {
namespace {

// A loss of equal shapes from its formula.
Loss between(std::string name, Loss::Target target,
             std::function<Value(Value prediction, Value target)> formula) {
  return loss_of(name, target, false, [name, formula](Value p, Value t) -> Elements {
    expect_same_shape(name, p, t);
    return {formula(p, t)};
  });
}

// |d| + ln(1 + e^(-2 |d|)) - ln 2 cancels near 0: there -ln(1 - tanh(d)^2) / 2, which is the same.
Value log_cosh_of(Value d) {
  const Value size = glia::abs(d), small = minimum(size, 1.0);
  const Value far = size + glia::softplus(size * -2.0) - std::numbers::ln2;
  return select(greater(size, 1.0), far, glia::log1p(-square(glia::tanh(small))) * -0.5);
}

// Length along the last axis, at least 1e-8, whose square root has a gradient.
Value length(Value x) { return glia::sqrt(maximum(reduce_sum(square(x), {-1}), 1e-16)); }

}  // namespace

Loss mean_squared_error() {
  return between("mean_squared_error", Loss::Target::values,
                 [](Value p, Value t) { return square(p - t); });
}

Loss mean_absolute_error() {
  return between("mean_absolute_error", Loss::Target::values,
                 [](Value p, Value t) { return glia::abs(p - t); });
}

Loss mean_absolute_percentage_error() {
  return between("mean_absolute_percentage_error", Loss::Target::values, [](Value p, Value t) {
    return glia::abs(p - t) / maximum(glia::abs(t), 1e-7) * 100.0;
  });
}

Loss mean_squared_logarithmic_error() {
  return between("mean_squared_logarithmic_error", Loss::Target::nonnegative, [](Value p, Value t) {
    return square(glia::log1p(maximum(p, 0.0)) - glia::log1p(maximum(t, 0.0)));
  });
}

Loss huber(double delta) {
  expect(delta > 0, "huber", fmt::format("delta is {}, expected above 0", delta));
  return between("huber", Loss::Target::values, [delta](Value p, Value t) {
    const Value size = glia::abs(p - t), near = minimum(size, delta);
    return square(near) * 0.5 + (size - near) * delta;
  });
}

Loss log_cosh() {
  return between("log_cosh", Loss::Target::values,
                 [](Value p, Value t) { return log_cosh_of(p - t); });
}

Loss poisson(PoissonOptions o) {
  Loss loss = between("poisson", Loss::Target::nonnegative, [o](Value p, Value t) {
    // An infinite power in the padding would have no gradient, not even that of a choice.
    if (const Value real = mask_along(p)) p = select(real, p, zero_like(p));
    const Value each = o.log_input ? glia::exp(p) - t * p : p - t * glia::log(p + 1e-8);
    if (!o.full) return each;
    const Value stirling = t * glia::log(t) - t + glia::log(t * (2 * std::numbers::pi)) * 0.5;
    return each + select(greater(t, 1.0), stirling, zero_like(t));
  });
  if (o.log_input) loss.to_prediction = [](Value output) { return glia::exp(output); };
  return loss;
}

Loss cosine_similarity() {
  return between("cosine_similarity", Loss::Target::values, [](Value p, Value t) {
    return -reduce_sum(p * t, {-1}) / (length(p) * length(t));
  });
}

}  // namespace glia::nn
