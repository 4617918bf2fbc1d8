#include "glia/metrics/regression.h"

#include <algorithm>

#include "glia/metrics/regression_rows.h"

namespace glia::metrics {
namespace {

Metric root(Metric metric, std::string name) {
  metric.name = std::move(name);
  if (metric.value) metric.value = std::sqrt(*metric.value);
  return metric;
}

// Why no variance is there to explain, "" where one is. Decided on the values: a mean that rounds
// leaves a tiny variance behind.
std::string no_variance(const Numbers& truth, const Weights& weight) {
  std::size_t counted = 0;
  double first = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (weight[i] == 0) continue;
    if (counted++ == 0) first = truth[i];
    if (truth[i] != first) return "";
  }
  if (counted < 2) return "there is only one row";
  return fmt::format("all true values are {}: there is no variance to explain", first);
}

template <class Value>
double squares_about(double center, std::size_t rows, const Weights& weight, Value value) {
  return weighted_mean(rows, weight, [&](std::size_t i) {
    const double away = value(i) - center;
    return away * away;
  });
}

// 1 - (mean square of the errors about `offset`) / variance of the truth.
template <class Offset>
Metric explained(std::string_view name, const Numbers& truth, const Numbers& predicted,
                 std::span<const double> weights, Offset offset) {
  return over_rows(name, truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    if (const auto why = no_variance(truth, weight); !why.empty())
      return undefined(std::string(name), why);
    const auto value = [&](std::size_t i) { return truth[i]; };
    const auto error = [&](std::size_t i) { return truth[i] - predicted[i]; };
    const double mean = weighted_mean(rows, weight, value);
    return defined(std::string(name),
                   1 - squares_about(offset(rows, weight, error), rows, weight, error) /
                           squares_about(mean, rows, weight, value));
  });
}

}  // namespace

Metric mse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return mean_error("mse", truth, predicted, weights,
                    [](double t, double p) { return (t - p) * (t - p); });
}

Metric mae(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return mean_error("mae", truth, predicted, weights,
                    [](double t, double p) { return std::abs(t - p); });
}

Metric rmse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return root(mse(truth, predicted, weights), "rmse");
}

Metric median_absolute_error(const Numbers& truth, const Numbers& predicted,
                             std::span<const double> weights) {
  constexpr std::string_view kName = "median_absolute_error";
  return over_rows(kName, truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    std::vector<std::pair<double, double>> errors;  // with their weights
    for (std::size_t i = 0; i < rows; ++i)
      if (weight[i] > 0) errors.emplace_back(std::abs(truth[i] - predicted[i]), weight[i]);
    std::sort(errors.begin(), errors.end());
    const double half = weight.total() / 2;
    // Sums of weights round; two halves that differ by less are halves.
    const double slack = half * 1e-12;
    Sum below;
    std::size_t at = 0;
    for (; at + 1 < errors.size(); ++at) {
      below.add(errors[at].second);
      if (below.value() >= half - slack) break;
    }
    const bool parted = at + 1 < errors.size() && below.value() <= half + slack;
    const double median = parted ? (errors[at].first + errors[at + 1].first) / 2 : errors[at].first;
    return defined(std::string(kName), median);
  });
}

Metric max_error(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("max_error", truth, predicted, weights,
                   [&](std::size_t rows, const Weights& weight) {
                     double largest = 0;
                     for (std::size_t i = 0; i < rows; ++i)
                       if (weight[i] > 0)
                         largest = std::max(largest, std::abs(truth[i] - predicted[i]));
                     return defined("max_error", largest);
                   });
}

Metric r2(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return explained("r2", truth, predicted, weights,
                   [](std::size_t, const Weights&, auto&) { return 0.0; });
}

Metric explained_variance(const Numbers& truth, const Numbers& predicted,
                          std::span<const double> weights) {
  return explained("explained_variance", truth, predicted, weights,
                   [](std::size_t rows, const Weights& weight, auto& error) {
                     return weighted_mean(rows, weight, error);
                   });
}

Metric msle(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("msle", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    for (std::size_t i = 0; i < rows; ++i)
      if (!(truth[i] > -1 && predicted[i] > -1))
        return undefined("msle", fmt::format("row {} has a {} of -1 or below", i,
                                             truth[i] > -1 ? "prediction" : "true value"));
    return defined("msle", weighted_mean(rows, weight, [&](std::size_t i) {
                     const double error = std::log1p(truth[i]) - std::log1p(predicted[i]);
                     return error * error;
                   }));
  });
}

Metric rmsle(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return root(msle(truth, predicted, weights), "rmsle");
}

}  // namespace glia::metrics
