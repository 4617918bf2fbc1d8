#include "glia/metrics/regression.h"

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

// Checks, then compute(rows, weights); every metric here is a sum over rows.
template <class Compute>
Metric over_rows(std::string_view name, const Numbers& truth, const Numbers& predicted,
                 std::span<const double> weights, Compute compute) {
  same_size(predicted.size(), truth.size(), "predictions", name);
  const Weights weight(weights, truth.size(), name);
  if (const auto why = non_finite(truth, 1, "true values"); !why.empty())
    fail("E-METRIC-07", "{}: {}; drop or impute such rows", name, why);
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return undefined(std::string(name), why);
  if (const auto why = non_finite(predicted, 1, "predictions"); !why.empty())
    return undefined(std::string(name), why);
  Metric result = compute(truth.size(), weight);
  if (result.value && !std::isfinite(*result.value))
    return undefined(std::string(name), "the errors are too large for a number in f64");
  return result;
}

template <class Error>
double weighted_mean(std::size_t rows, const Weights& weight, Error error) {
  Sum sum;
  for (std::size_t i = 0; i < rows; ++i) sum.add(weight[i] * error(i));
  return sum.value() / weight.total();
}

}  // namespace

Metric mse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("mse", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    return defined("mse", weighted_mean(rows, weight, [&](std::size_t i) {
                     const double error = truth[i] - predicted[i];
                     return error * error;
                   }));
  });
}

Metric mae(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("mae", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    return defined("mae", weighted_mean(rows, weight, [&](std::size_t i) {
                     return std::abs(truth[i] - predicted[i]);
                   }));
  });
}

Metric rmse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  auto result = mse(truth, predicted, weights);
  result.name = "rmse";
  if (result.value) result.value = std::sqrt(*result.value);
  return result;
}

Metric r2(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("r2", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    // Constant is decided on the values: a mean that rounds leaves a tiny variance behind.
    std::size_t counted = 0;
    double first = 0;
    bool constant = true;
    for (std::size_t i = 0; i < rows; ++i) {
      if (weight[i] == 0) continue;
      if (counted++ == 0) first = truth[i];
      constant = constant && truth[i] == first;
    }
    if (counted < 2) return undefined("r2", "there is only one row");
    if (constant)
      return undefined(
          "r2", fmt::format("all true values are {}: there is no variance to explain", first));
    const double mean = weighted_mean(rows, weight, [&](std::size_t i) { return truth[i]; });
    Sum error, variance;
    for (std::size_t i = 0; i < rows; ++i) {
      const double wrong = truth[i] - predicted[i], away = truth[i] - mean;
      error.add(weight[i] * wrong * wrong), variance.add(weight[i] * away * away);
    }
    return defined("r2", 1 - error.value() / variance.value());
  });
}

}  // namespace glia::metrics
