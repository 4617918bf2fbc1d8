#include "glia/metrics/forecast.h"

#include "glia/metrics/interval.h"
#include "glia/metrics/regression.h"
#include "glia/metrics/regression_rows.h"

namespace glia::metrics {
namespace {

void check_order(const Numbers& low, const Numbers& high, std::string_view where) {
  same_size(high.size(), low.size(), "upper ends", where);
  for (std::size_t i = 0; i < low.size(); ++i)
    if (low[i] > high[i])
      fail("E-METRIC-06", "{}: the interval of row {} is {} to {}; expected low <= high", where, i,
           low[i], high[i]);
}

}  // namespace

Metric mape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("mape", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    std::size_t zeros = 0;
    for (std::size_t i = 0; i < rows; ++i) zeros += weight[i] > 0 && truth[i] == 0;
    if (zeros > 0)
      return undefined(
          "mape", fmt::format("{} of {} true values {} 0", zeros, rows, zeros == 1 ? "is" : "are"));
    return defined("mape", weighted_mean(rows, weight, [&](std::size_t i) {
                     return weight[i] > 0 ? std::abs((truth[i] - predicted[i]) / truth[i]) : 0;
                   }));
  });
}

Metric smape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return mean_error("smape", truth, predicted, weights, [](double t, double p) {
    const double size = std::abs(t) + std::abs(p);
    return size > 0 ? 2 * std::abs(t - p) / size : 0;
  });
}

Metric wape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights) {
  return over_rows("wape", truth, predicted, weights, [&](std::size_t rows, const Weights& weight) {
    const double size =
        weighted_mean(rows, weight, [&](std::size_t i) { return std::abs(truth[i]); });
    if (size == 0) return undefined("wape", "all true values are 0");
    return defined("wape", weighted_mean(rows, weight, [&](std::size_t i) {
                             return std::abs(truth[i] - predicted[i]);
                           }) / size);
  });
}

Metric mase(const Numbers& truth, const Numbers& predicted, const Numbers& history,
            std::size_t period, std::span<const double> weights) {
  if (period == 0) fail("E-METRIC-06", "mase: got the period 0; expected at least 1");
  if (const auto why = non_finite(history, 1, "values of the history"); !why.empty())
    fail("E-METRIC-07", "mase: {}; drop or impute such rows", why);
  auto result = mae(truth, predicted, weights);
  result.name = "mase";
  if (!result.value) return result;
  if (history.size() <= period)
    return undefined("mase", fmt::format("the history has {} values and the period is {}",
                                         history.size(), period));
  Sum naive;
  for (std::size_t t = period; t < history.size(); ++t)
    naive.add(std::abs(history[t] - history[t - period]));
  if (naive.value() == 0)
    return undefined("mase",
                     fmt::format("the history repeats itself exactly with period {}", period));
  result.value = *result.value / (naive.value() / static_cast<double>(history.size() - period));
  return result;
}

Metric pinball(const Numbers& truth, const Numbers& predicted, double q,
               std::span<const double> weights) {
  if (!(q > 0 && q < 1))
    fail("E-METRIC-06", "pinball: got the quantile {}; expected a number between 0 and 1", q);
  return mean_error("pinball", truth, predicted, weights,
                    [q](double t, double p) { return t >= p ? q * (t - p) : (1 - q) * (p - t); });
}

Metric interval_coverage(const Numbers& truth, const Numbers& low, const Numbers& high,
                         std::span<const double> weights, double confidence) {
  check_order(low, high, "interval_coverage");
  if (const auto why = non_finite(high, 1, "upper ends"); !why.empty())
    return undefined("interval_coverage", why);
  check_level(confidence, "interval_coverage");
  return over_rows("interval_coverage", truth, low, weights,
                   [&](std::size_t rows, const Weights& weight) {
                     Sum inside;
                     for (std::size_t i = 0; i < rows; ++i)
                       if (low[i] <= truth[i] && truth[i] <= high[i]) inside.add(weight[i]);
                     auto result = defined("interval_coverage", inside.value() / weight.total());
                     if (!weight.given())
                       result.interval = wilson(inside.value(), weight.total(), confidence);
                     return result;
                   });
}

Metric interval_width(const Numbers& low, const Numbers& high, std::span<const double> weights) {
  check_order(low, high, "interval_width");
  const Weights weight(weights, low.size(), "interval_width");
  if (const auto why = nothing_to_count(low.size(), weight); !why.empty())
    return undefined("interval_width", why);
  for (const Numbers* ends : {&low, &high})
    if (const auto why = non_finite(*ends, 1, "ends of intervals"); !why.empty())
      return undefined("interval_width", why);
  return defined("interval_width", weighted_mean(low.size(), weight,
                                                 [&](std::size_t i) { return high[i] - low[i]; }));
}

}  // namespace glia::metrics
