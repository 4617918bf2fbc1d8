// Metrics of probabilities: how well they say what happened. In calibration.h, whether they are
// right on average.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// In all of these probabilities are [N, k], or [N] for two classes with that of class 1; truth: [N]
// in 0 .. k-1; weights: [N] or empty. Undefined without rows, or where a probability is not finite.
// Errors E-METRIC-02, E-METRIC-03, E-METRIC-04, E-METRIC-05.

// Mean of -log p(true class), in nats. As in scikit-learn, probabilities are held within epsilon of
// their type from 0 and 1, so that one sure mistake costs 15.9 (f32) or 36.0 (f64) rather than
// everything.
Metric log_loss(const Numbers& probabilities, Labels truth, std::span<const double> weights = {});

// Mean squared distance of the probabilities from what happened (Brier 1950): of two classes
// (p - y)^2 for class 1, in 0 .. 1; of k > 2 the sum over classes, in 0 .. 2. As scikit-learn's
// brier_score_loss.
Metric brier(const Numbers& probabilities, Labels truth, std::span<const double> weights = {});

// Share of rows whose true class is among the `top` largest scores; of equal scores the first
// counts as larger, so that top 1 is accuracy. scores: [N, k], need not be probabilities. Undefined
// where top >= k: every row would be right. Name "top_5_accuracy". Wilson's interval without
// weights.
Metric top_k_accuracy(const Numbers& scores, Labels truth, std::size_t classes, std::size_t top,
                      std::span<const double> weights = {}, double level = 0.95);

// Error E-METRIC-05 where a finite number is outside [0, 1], or where a row of k > 1 finite ones
// does not sum to 1 (within 1e-3): those are most often logits. probabilities: [N, k].
void check_probabilities(const Numbers& probabilities, std::size_t classes);

}  // namespace glia::metrics
