#include "glia/nn/noise.h"

#include <cmath>
#include <numbers>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// A layer's own stream. `purpose` tells the streams of one layer apart.
std::uint32_t stream_of(const Graph& graph, std::string_view purpose) {
  return stream_id(fmt::format("{}:{}", purpose, graph.scope()));
}

Value dropped(Value x, const Shape& shape, double rate) {
  Graph& graph = x.graph();
  return dropout_mask(shape, x.dtype(), step_counter(graph), rate, graph.seed,
                      stream_of(graph, "dropout"));
}

// Standard normals (Box and Muller). Of 24 uniform bits, so none is beyond 5.8.
Value normal_like(Value x) {
  Graph& graph = x.graph();
  const auto uniform = [&](std::string_view purpose) {
    return random_uniform(x.shape(), x.dtype(), step_counter(graph), graph.seed,
                          stream_of(graph, purpose));
  };
  return glia::sqrt(log1p(-uniform("radius")) * -2.0) *
         glia::cos(uniform("angle") * (2 * std::numbers::pi));
}

// A layer that disturbs its input while training.
struct Noise {
  std::string name;
  double amount;
  Value (*disturb)(Value x, double amount);
  int axes = -1;  // spatial ones, where only such inputs are taken
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    if (axes >= 0) expect_spatial(x, axes, name);
    return x.graph().training && amount != 0 ? disturb(x, amount) : x;
  }
  std::string kind() const { return name; }
};

Value drop(Value x, double rate) { return x * dropped(x, x.shape(), rate); }

Value drop_features(Value x, double rate) {
  const int features = feature_axis(x.rank());
  Shape shape{x.dim(0)};
  for (int i = 1; i < x.rank(); ++i) shape.push_back(i == features ? x.dim(i) : Dim(1));
  return x * dropped(x, shape, rate);
}

Value drop_to_alpha(Value x, double rate) {
  constexpr double kAlpha = -1.0507009873554805 * 1.6732632423543772;  // what selu goes to
  const double scale = 1 / std::sqrt((1 - rate) * (1 + rate * kAlpha * kAlpha));
  const double shift = -scale * kAlpha * rate;
  const Value kept = dropped(x, x.shape(), rate) * (1 - rate);
  return (x * kept + (1.0 - kept) * kAlpha) * scale + shift;
}

Value multiply_by_normal(Value x, double rate) {
  return x * (normal_like(x) * std::sqrt(rate / (1 - rate)) + 1.0);
}

Value add_normal(Value x, double stddev) { return x + normal_like(x) * stddev; }

Module by_rate(const char* name, const DropoutOptions& o, Value (*disturb)(Value, double),
               int axes = -1) {
  expect(o.rate >= 0 && o.rate < 1, name,
         fmt::format("rate is {}, expected 0 <= rate < 1", o.rate));
  return Noise{name, o.rate, disturb, axes};
}

}  // namespace

Module dropout(DropoutOptions o) { return by_rate("dropout", o, drop); }
Module spatial_dropout1d(DropoutOptions o) {
  return by_rate("spatial_dropout1d", o, drop_features, 1);
}
Module spatial_dropout2d(DropoutOptions o) {
  return by_rate("spatial_dropout2d", o, drop_features, 2);
}
Module spatial_dropout3d(DropoutOptions o) {
  return by_rate("spatial_dropout3d", o, drop_features, 3);
}
Module alpha_dropout(DropoutOptions o) { return by_rate("alpha_dropout", o, drop_to_alpha); }
Module gaussian_dropout(DropoutOptions o) {
  return by_rate("gaussian_dropout", o, multiply_by_normal);
}

Module gaussian_noise(GaussianNoiseOptions o) {
  expect(o.stddev >= 0 && std::isfinite(o.stddev), "gaussian_noise",
         fmt::format("stddev is {}, expected at least 0", o.stddev));
  return Noise{"gaussian_noise", o.stddev, add_normal};
}

}  // namespace glia::nn
