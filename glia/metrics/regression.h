// Metrics of numbers predicted for numbers.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// truth, predicted: [N] in the target's own unit; weights: [N] or empty. Undefined without rows, or
// where a prediction is not finite. Errors E-METRIC-02 (sizes), E-METRIC-04 (weights), E-METRIC-07
// (a true value that is not finite).
Metric mse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});
Metric mae(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});
Metric rmse(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// 1 - sum of squared errors / sum of squared distances from the mean of `truth`. Also undefined
// where there is one row, or where all true values are equal: there is no variance to explain.
Metric r2(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

}  // namespace glia::metrics
