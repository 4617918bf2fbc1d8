// Internal: what metrics of predicted numbers share.
#pragma once

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {

// Checks, then compute(rows, weights), whose result must be finite.
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

// The weighted mean over rows of error(truth, predicted).
template <class Error>
Metric mean_error(std::string_view name, const Numbers& truth, const Numbers& predicted,
                  std::span<const double> weights, Error error) {
  return over_rows(name, truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    return defined(std::string(name), weighted_mean(rows, weight, [&](std::size_t i) {
                     return error(truth[i], predicted[i]);
                   }));
  });
}

}  // namespace glia::metrics
