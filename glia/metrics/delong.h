// The uncertainty of areas under ROC curves without resampling.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// roc_auc with its variance (DeLong, DeLong and Clarke-Pearson 1988), by the midranks of Sun and Xu
// (2014), O(N log N).
struct AucVariance {
  std::optional<double> auc;
  double variance = 0;
  std::string note;  // why there is none
};

// scores: [N]; positive: [N], nonzero for rows of the positive class. Not defined without two rows
// of each kind. Error E-METRIC-02.
AucVariance delong(const Numbers& scores, Labels positive);

// roc_auc with its normal interval, cut to 0 .. 1. No interval where the variance is 0: where the
// scores separate the rows without error it cannot be told. Errors E-METRIC-02, E-METRIC-06.
Metric roc_auc_with_interval(const Numbers& scores, Labels positive, double level = 0.95);

// Two models' scores for the same rows: the areas, variances and covariance.
struct AucPair {
  std::optional<double> a, b;
  double variance_a = 0, variance_b = 0, covariance = 0;
  std::string note;
  double variance_of_difference() const { return variance_a + variance_b - 2 * covariance; }
};
AucPair delong(const Numbers& scores_a, const Numbers& scores_b, Labels positive);

}  // namespace glia::metrics
