// Metrics of numbers predicted for numbers. Those of forecasts are in forecast.h.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// truth, predicted: [N] in the target's own unit; weights: [N] or empty. Undefined without rows, or
// where a prediction is not finite. Errors E-METRIC-02 (sizes), E-METRIC-04 (weights), E-METRIC-07
// (a true value that is not finite).
Metric mse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});
Metric mae(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});
Metric rmse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// The median of the absolute errors: half the weight of rows is off by at most that. Between two
// values where they part the weight in halves, their mean.
Metric median_absolute_error(const Numbers& truth, const Numbers& predicted,
                             std::span<const double> weights = {});

// The largest absolute error of a row that counts.
Metric max_error(const Numbers& truth, const Numbers& predicted,
                 std::span<const double> weights = {});

// 1 - sum of squared errors / sum of squared distances from the mean of `truth`. Also undefined
// where there is one row, or where all true values are equal: there is no variance to explain.
Metric r2(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// 1 - variance of the errors / variance of `truth`: r2 that forgives a constant offset. Undefined
// where r2 is.
Metric explained_variance(const Numbers& truth, const Numbers& predicted,
                          std::span<const double> weights = {});

// Mean squared error of log(1 + value), and its root: for numbers that spread over magnitudes.
// Undefined where a value or prediction is -1 or below.
Metric msle(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});
Metric rmsle(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

}  // namespace glia::metrics
