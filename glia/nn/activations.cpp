#include "glia/nn/activations.h"

#include <cmath>
#include <numbers>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// alpha * (e^(x / alpha) - 1) below 0. What is not chosen must stay finite, or 0 * infinity would
// be its gradient: hence the minimum.
Value exponential_below(Value x, double scale, double alpha) {
  const Value low = minimum(x, 0.0);
  return glia::expm1(scale == 1 ? low : low / scale) * alpha;
}

Value gelu_exact(Value x) { return x * ((glia::erf(x * std::numbers::sqrt2 / 2.0) + 1.0) * 0.5); }

// (1 + tanh(u)) / 2 is sigmoid(2 u), which keeps its accuracy where tanh(u) is near -1. Beyond 100
// it is 0 or 1, and the cube would overflow.
Value gelu_by_tanh(Value x) {
  const Value u = maximum(minimum(x, 100.0), -100.0);
  const double scale = 2 * std::sqrt(2 / std::numbers::pi);
  return x * glia::sigmoid((u + u * square(u) * 0.044715) * scale);
}

Value held(Value x, double min, double max) { return maximum(minimum(x, max), min); }
Value sixth(Value x) { return held(x + 3.0, 0, 6) / 6.0; }

// A function along the time of a padded sequence would mix the padding in.
int along(std::string_view name, Value x, int axis) {
  const int normal = axis < 0 ? axis + x.rank() : axis;
  if (normal == 1 && x.graph().mask(x))
    fail("E-NN-02", "[{}] layer '{}': axis {} is the time of a padded sequence {}", name,
         x.graph().scope(), axis, x.shape().text());
  return axis;
}

Value glu_halves(Value x, int axis) {
  const Dim size = x.dim(along("glu", x, axis));
  if (!size.known() || size.value() % 2 != 0)
    fail("E-SHAPE-01", "[glu] layer '{}': axis {} of {} is cut in halves, expected an even size",
         x.graph().scope(), axis, x.shape().text());
  const std::int64_t half = size.value() / 2;
  return slice(x, axis, 0, half) * glia::sigmoid(slice(x, axis, half, kEnd));
}

const double kSeluAlpha = 1.6732632423543772848, kSeluScale = 1.0507009873554804934;

}  // namespace

Value Activation::forward(Value x) const {
  expect(static_cast<bool>(apply), name.empty() ? "activation" : name,
         "the activation has no function; nn::linear is the one that changes nothing");
  return apply(x);
}

Activation leaky_relu_with(double slope) {
  expect_finite(slope, "leaky_relu", "slope");
  return {"leaky_relu", [slope](Value x) { return glia::leaky_relu(x, slope); }};
}

Activation elu_with(double alpha) {
  expect_finite(alpha, "elu", "alpha");
  return {"elu", [alpha](Value x) { return glia::relu(x) + exponential_below(x, 1, alpha); }};
}

Activation celu_with(double alpha) {
  expect(alpha > 0 && std::isfinite(alpha), "celu",
         fmt::format("alpha is {}, expected above 0", alpha));
  return {"celu", [alpha](Value x) { return glia::relu(x) + exponential_below(x, alpha, alpha); }};
}

Activation gelu_with(GeluOptions o) { return {"gelu", o.approximate ? gelu_by_tanh : gelu_exact}; }

Activation softplus_with(SoftplusOptions o) {
  expect(o.beta > 0 && std::isfinite(o.beta), "softplus",
         fmt::format("beta is {}, expected above 0", o.beta));
  expect(!std::isnan(o.threshold), "softplus", "threshold is nan, expected a number");
  return {"softplus", [o](Value x) {
            const Value scaled = o.beta == 1 ? x : x * o.beta;
            const Value y = glia::softplus(scaled);
            return select(greater(scaled, o.threshold), x, o.beta == 1 ? y : y / o.beta);
          }};
}

Activation hard_tanh_with(double min, double max) {
  expect(min < max, "hard_tanh", fmt::format("min is {} and max {}: expected min < max", min, max));
  return {"hard_tanh", [=](Value x) { return held(x, min, max); }};
}

Activation softshrink_with(double lambda) {
  expect_at_least_0(lambda, "softshrink", "lambda");
  return {"softshrink",
          [lambda](Value x) { return glia::relu(x - lambda) - glia::relu(-lambda - x); }};
}

Activation hardshrink_with(double lambda) {
  expect_at_least_0(lambda, "hardshrink", "lambda");
  return {"hardshrink",
          [lambda](Value x) { return select(greater(glia::abs(x), lambda), x, zero_like(x)); }};
}

Activation threshold_with(double threshold, double value) {
  expect_finite(threshold, "threshold", "threshold");
  expect_finite(value, "threshold", "value");
  return {"threshold", [=](Value x) {
            return select(greater(x, threshold), x, x.graph().scalar(value, x.dtype()));
          }};
}

Activation softmax_along(int axis) {
  return {"softmax", [axis](Value x) { return glia::softmax(x, along("softmax", x, axis)); }};
}
Activation softmin_along(int axis) {
  return {"softmin", [axis](Value x) { return glia::softmax(-x, along("softmin", x, axis)); }};
}
Activation log_softmax_along(int axis) {
  return {"log_softmax",
          [axis](Value x) { return glia::log_softmax(x, along("log_softmax", x, axis)); }};
}
Activation glu_along(int axis) {
  return {"glu", [axis](Value x) { return glu_halves(x, axis); }};
}

const Activation linear{"linear", [](Value x) { return x; }};
const Activation sigmoid{"sigmoid", [](Value x) { return glia::sigmoid(x); }};
const Activation tanh{"tanh", [](Value x) { return glia::tanh(x); }};
const Activation relu{"relu", [](Value x) { return glia::relu(x); }};
const Activation relu6{"relu6", [](Value x) { return held(x, 0, 6); }};
const Activation leaky_relu = leaky_relu_with(0.01);
const Activation elu = elu_with(1);
const Activation selu{"selu", [](Value x) {
                        return (glia::relu(x) + exponential_below(x, 1, kSeluAlpha)) * kSeluScale;
                      }};
const Activation celu = celu_with(1);
const Activation gelu = gelu_with({});
const Activation gelu_tanh{"gelu_tanh", gelu_by_tanh};
const Activation silu{"silu", [](Value x) { return x * glia::sigmoid(x); }};
const Activation mish{"mish", [](Value x) { return x * glia::tanh(glia::softplus(x)); }};
const Activation softplus = softplus_with({});
const Activation softsign{"softsign", [](Value x) { return x / (glia::abs(x) + 1.0); }};
const Activation hard_sigmoid{"hard_sigmoid", sixth};
const Activation hard_swish{"hard_swish", [](Value x) { return x * sixth(x); }};
const Activation hard_tanh = hard_tanh_with(-1, 1);
const Activation exponential{"exponential", [](Value x) { return glia::exp(x); }};
const Activation log_sigmoid{"log_sigmoid", [](Value x) { return -glia::softplus(-x); }};
const Activation tanhshrink{"tanhshrink", [](Value x) { return x - glia::tanh(x); }};
const Activation softshrink = softshrink_with(0.5);
const Activation hardshrink = hardshrink_with(0.5);
const Activation threshold = threshold_with(1, 0);
const Activation softmax = softmax_along(-1);
const Activation softmin = softmin_along(-1);
const Activation log_softmax = log_softmax_along(-1);
const Activation glu = glu_along(-1);

namespace {

const std::vector<const Activation*>& activations() {
  static const std::vector<const Activation*> all{
      &linear,     &sigmoid,      &tanh,       &relu,      &relu6,       &leaky_relu,  &elu,
      &selu,       &celu,         &gelu,       &gelu_tanh, &silu,        &mish,        &softplus,
      &softsign,   &hard_sigmoid, &hard_swish, &hard_tanh, &exponential, &log_sigmoid, &tanhshrink,
      &softshrink, &hardshrink,   &threshold,  &softmax,   &softmin,     &log_softmax, &glu};
  return all;
}

struct Prelu {
  PreluOptions o;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    const int axis = x.rank() > 3 ? 1 : x.rank() - 1;
    const Dim channels = o.per_channel ? x.dim(axis) : Dim(1);
    Value weight = parameter(x, "weight", {channels}, constant(o.initial));
    if (axis != x.rank() - 1) {
      Shape spread(std::vector<Dim>(static_cast<std::size_t>(x.rank()), Dim(1)));
      spread[axis] = channels;
      weight = reshape(weight, spread);
    }
    return glia::relu(x) + weight * minimum(x, 0.0);
  }
  std::string kind() const { return "prelu"; }
};

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto* a : activations()) names.push_back(a->name);
  return names;
}

Activation activation(std::string_view name) {
  if (name == "swish") return silu;
  for (const auto* a : activations())
    if (a->name == name) return *a;
  fail("E-NN-01", "unknown activation '{}'{}", name, suggest(name, activation_names()));
}

Module prelu(PreluOptions o) {
  expect_finite(o.initial, "prelu", "initial");
  return Prelu{o};
}

}  // namespace glia::nn
