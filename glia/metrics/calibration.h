// Whether probabilities are right on average: of the rows given 0.8, are 80 % of that class?
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// uniform: bins of equal width over 0 .. 1. quantile: ends at quantiles of the probabilities, so
// that bins hold about equally many rows (of equal probabilities, some may stay empty).
enum class Binning : std::uint8_t { uniform, quantile };

struct CalibrationOptions {
  std::size_t bins = 15;
  Binning binning = Binning::uniform;
  std::span<const double> weights;  // [N] sample weights; empty: 1 each; do not move quantiles
  double confidence = 0.95;         // of the intervals
};

struct CalibrationBin {
  double low = 0, high = 0;  // low < probability <= high; the first also takes what is below
  double weight = 0;         // rows, or the sum of their weights
  double mean_probability = 0;
  double share = 0;                  // of rows that are of the class
  std::optional<Interval> interval;  // Wilson's, of the share; without weights
};
struct CalibrationCurve {
  std::vector<CalibrationBin> bins;  // those with rows
  std::string note;                  // why there are none
};

// probabilities: [N] of the positive class; positive: [N], nonzero for its rows. Bins as in
// scikit-learn's calibration_curve. Errors E-METRIC-02, -04, -05, and -06 for 0 bins.
CalibrationCurve calibration_curve(const Numbers& probabilities, Labels positive,
                                   const CalibrationOptions& options = {});

// Expected and maximum calibration error of the decisions (Naeini et al. 2015; Guo et al., "On
// calibration of modern neural networks", 2017): rows are binned by the largest probability; of the
// bins' distances between mean largest probability and accuracy, the mean by rows and the largest.
// probabilities: [N, k], or [N] of class 1 of two; truth: [N]. Of equal probabilities the first
// class is the decision, of two with [N] class 0 (p = 0.5 is not above it).
// The estimate of few rows is too high: every bin's noise counts as an error. Names "ece", "mce".
// Errors E-METRIC-02 .. E-METRIC-06.
Metric expected_calibration_error(const Numbers& probabilities, Labels truth,
                                  const CalibrationOptions& options = {});
Metric maximum_calibration_error(const Numbers& probabilities, Labels truth,
                                 const CalibrationOptions& options = {});

// The bins behind these two, for a reliability diagram: `share` is accuracy.
CalibrationCurve reliability(const Numbers& probabilities, Labels truth,
                             const CalibrationOptions& options = {});

}  // namespace glia::metrics
