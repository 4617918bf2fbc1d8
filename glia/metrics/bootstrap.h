// How sure a number is: intervals for any metric of rows, by drawing rows again.
#pragma once

#include <functional>

#include "glia/metrics/metric.h"

namespace glia::metrics {

// A metric as a function of sample weights, [N], one for each row: drawing rows again is giving
// them whole numbers as weights. Nothing where it is not defined. For example
//   [&](std::span<const double> w) { return rmse(truth, predicted, w).value; }
using Statistic = std::function<std::optional<double>(std::span<const double> weights)>;

// percentile  the middle of the replicates (Efron 1979)
// bca         corrected for bias and for a spread that changes with the value (Efron 1987); N more
//             evaluations
enum class BootstrapMethod : std::uint8_t { percentile, bca };

struct BootstrapOptions {
  std::size_t replicates = 1000;
  double confidence = 0.95;
  BootstrapMethod method = BootstrapMethod::percentile;
  std::uint64_t seed = 0;
  // [N] or empty: rows are drawn within groups of equal numbers, so that every replicate has as
  // many of each. Give the true classes to have a ROC-AUC in every one.
  Labels strata;
};

struct BootstrapResult {
  std::optional<double> value;  // of the rows as they are
  std::optional<Interval> interval;
  double standard_error = 0;       // standard deviation of the replicates
  std::vector<double> replicates;  // rising, those that are defined
  std::string note;                // why there is no interval; or what to know about it
};

// Rows are taken as independent: those of one patient or one series are not, and their intervals
// are too narrow. Results depend on the seed and on nothing else. There is no interval where there
// are no rows, where the metric of all rows is not defined, where it is not in more than a tenth of
// the replicates, or where all replicates are equal: of 20 right answers out of 20 the bootstrap
// cannot see that others are possible. Cost: replicates * (N + the metric's own).
// Errors E-METRIC-02 (strata), E-METRIC-06 (fewer than 20 replicates, or a level).
BootstrapResult bootstrap(std::size_t rows, const Statistic& statistic,
                          const BootstrapOptions& options = {});

}  // namespace glia::metrics
