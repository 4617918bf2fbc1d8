#include "glia/nn/positions.h"

#include <cmath>

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/slice.h"

namespace glia::nn {
namespace {

void expect_sequence(Value x, std::string_view layer) {
  if (x.rank() != 3 || !is_floating(x.dtype()))
    fail("E-SHAPE-01", "[{}] layer '{}': got {}, expected a sequence [N, T, features]", layer,
         x.graph().scope(), x.type().text());
}

// t * rate[j] for each step and feature: [T, F].
Value angles(Value x, std::int64_t features, const std::function<double(std::int64_t)>& rate) {
  Tensor rates(x.dtype(), {1, features});
  for (std::int64_t j = 0; j < features; ++j) rates.set(j, rate(j));
  const Dim steps = x.dim(-2);
  return reshape(iota(x, -2, x.dtype()), {steps, 1}) * x.graph().constant(std::move(rates));
}

double rate_of_pair(std::int64_t pair, std::int64_t features, double max_wavelength) {
  return std::pow(max_wavelength, -2.0 * static_cast<double>(pair) / static_cast<double>(features));
}

struct SinePosition {
  SinePositionOptions o;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    expect_sequence(x, "sine_position_encoding");
    const std::int64_t features = x.dim(2).value();
    const Value a = angles(x, features, [&](std::int64_t j) {
      return rate_of_pair(j / 2, features, o.max_wavelength);
    });
    Tensor odd(DType::boolean, {1, features});
    for (std::int64_t j = 1; j < features; j += 2) odd.set(j, 1);
    return x + select(x.graph().constant(std::move(odd)), cos(a), sin(a));
  }
  std::string kind() const { return "sine_position_encoding"; }
};

struct PositionEmbedding {
  PositionEmbeddingOptions o;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    expect_sequence(x, "position_embedding");
    const Dim steps = x.dim(1), features = x.dim(2);
    const Value weight =
        parameter(x, "weight", {o.sequence_length, features}, random_normal({.deviation = 1}));
    if (steps.known() && steps.value() > o.sequence_length)
      fail("E-SHAPE-10",
           "[position_embedding] layer '{}': the input {} has {} steps, sequence_length is {}",
           x.graph().scope(), x.shape().text(), steps.text(), o.sequence_length);
    return x + slice(weight, {0, 0}, {steps, features});
  }
  std::string kind() const { return "position_embedding"; }
};

struct RotaryEmbedding {
  RotaryEmbeddingOptions o;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    expect_sequence(x, "rotary_embedding");
    if (x.dim(2).value() % 2 != 0)
      fail("E-SHAPE-03",
           "[rotary_embedding] layer '{}': pairs of features are turned, and the input {} has {}",
           x.graph().scope(), x.shape().text(), x.dim(2).text());
    return rotated(x, o.max_wavelength);
  }
  std::string kind() const { return "rotary_embedding"; }
};

void expect_wavelength(double wavelength, std::string_view layer) {
  expect(std::isfinite(wavelength) && wavelength > 0, layer,
         fmt::format("max_wavelength is {}, expected more than 0", wavelength));
}

}  // namespace

Value rotated(Value x, double max_wavelength) {
  const std::int64_t features = x.dim(-1).value(), half = features / 2;
  const Value a = angles(x, features, [&](std::int64_t j) {
    return rate_of_pair(j % half, features, max_wavelength);
  });
  const Value turned = concatenate({-slice(x, -1, half, kEnd), slice(x, -1, 0, half)}, -1);
  return x * cos(a) + turned * sin(a);
}

Module sine_position_encoding(SinePositionOptions o) {
  expect_wavelength(o.max_wavelength, "sine_position_encoding");
  return SinePosition{o};
}

Module position_embedding(PositionEmbeddingOptions o) {
  expect(o.sequence_length > 0, "position_embedding",
         fmt::format("sequence_length is {}, expected at least 1", o.sequence_length));
  return PositionEmbedding{o};
}

Module rotary_embedding(RotaryEmbeddingOptions o) {
  expect_wavelength(o.max_wavelength, "rotary_embedding");
  return RotaryEmbedding{o};
}

}  // namespace glia::nn
