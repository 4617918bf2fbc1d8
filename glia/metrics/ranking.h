// Metrics of probabilities and scores, before any decision: ROC-AUC and log loss.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// Area under the ROC curve, exact: the chance that a positive row scores above a negative one, ties
// counting half (the Mann-Whitney statistic; Fawcett, "An introduction to ROC analysis", 2006).
// scores: [N], any increasing function of the positive class's probability; positive: [N], nonzero
// for rows of the positive class; weights: [N] or empty. Undefined where one side has no weight, or
// where a score is not finite. O(N log N). Errors E-METRIC-02, E-METRIC-04.
Metric roc_auc(const Numbers& scores, Labels positive, std::span<const double> weights = {});

// Of k classes, each against the rest. scores: [N, k]; truth: [N] in 0 .. k-1. macro and weighted
// (by true rows) leave out a class that has no true row, or nothing else, and the note names it;
// micro pools the N * k decisions. Names: "roc_auc_macro", ... Error E-METRIC-06 for binary.
Metric roc_auc(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
               Averaging averaging = Averaging::macro, std::span<const double> weights = {});

// Mean of -log p(true class), in nats. probabilities: [N, k], or [N] for two classes with that of
// class 1. As in scikit-learn, probabilities are held within epsilon of their type from 0 and 1, so
// that one sure mistake costs 15.9 (f32) or 36.0 (f64) rather than everything.
// Errors E-METRIC-02, E-METRIC-03, E-METRIC-04, E-METRIC-05.
Metric log_loss(const Numbers& probabilities, Labels truth, std::span<const double> weights = {});

// Error E-METRIC-05 where a finite number is outside [0, 1], or where a row of k > 1 finite ones
// does not sum to 1 (within 1e-3): those are most often logits. probabilities: [N, k].
void check_probabilities(const Numbers& probabilities, std::size_t classes);

}  // namespace glia::metrics
