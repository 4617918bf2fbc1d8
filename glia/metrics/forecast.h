// Metrics of forecasts: errors relative to the size of what was forecast, quantiles, intervals.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// truth, predicted: [N]; weights: [N] or empty; several series one after another. mae and rmse are
// in regression.h. Undefined, and errors, as there; shares are shares, 0.1 for ten per cent.

// Mean of |error| / |truth|. Undefined where a true value is 0: any error is infinitely large of
// it; wape or mase can be used then.
Metric mape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// Mean of 2 |error| / (|truth| + |predicted|), 0 .. 2 (Makridakis 1993); rows where both are 0
// count as 0, for they are right.
Metric smape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// Sum of |error| / sum of |truth|. Undefined where all true values are 0.
Metric wape(const Numbers& truth, const Numbers& predicted, std::span<const double> weights = {});

// mae over the mean of |x[t] - x[t - period]| in `history`, the training part of the same series in
// time order: below 1 is better than repeating the last season (Hyndman and Koehler 2006).
// Undefined where the history is not longer than the period, or repeats itself exactly. Error
// E-METRIC-06 for period 0.
Metric mase(const Numbers& truth, const Numbers& predicted, const Numbers& history,
            std::size_t period = 1, std::span<const double> weights = {});

// Mean of q * error where the forecast was too low and (1 - q) * -error where too high: least for
// the q-quantile; q = 0.5 is half of mae. Error E-METRIC-06 where q is not in (0, 1).
Metric pinball(const Numbers& truth, const Numbers& predicted, double q,
               std::span<const double> weights = {});

// low, high: [N] the ends of forecast intervals. Share of rows with low <= truth <= high, to be
// held against the level the intervals claim; Wilson's interval without weights. And the mean of
// high - low. Error E-METRIC-06 where a row has low > high.
Metric interval_coverage(const Numbers& truth, const Numbers& low, const Numbers& high,
                         std::span<const double> weights = {}, double confidence = 0.95);
Metric interval_width(const Numbers& low, const Numbers& high,
                      std::span<const double> weights = {});

}  // namespace glia::metrics
