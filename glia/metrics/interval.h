// Confidence intervals of proportions.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// Wilson's score interval of `hits` out of `trials` (E. B. Wilson, JASA 22, 1927): honest for small
// counts and near 0 and 1, where the textbook's normal interval is not. `hits` in [0, trials],
// trials > 0, level in (0, 1); Error E-METRIC-06.
Interval wilson(double hits, double trials, double level = 0.95);

// The z with P(Z <= z) = p for a standard normal Z; p in (0, 1); Error E-METRIC-06.
double normal_quantile(double p);

}  // namespace glia::metrics
