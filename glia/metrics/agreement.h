// How far decisions agree with the truth beyond what guessing reaches: functions of the confusion
// matrix for any number of classes.
#pragma once

#include "glia/metrics/confusion.h"

namespace glia::metrics {

// Mean of the recalls of the classes that have true rows; the note names the others. Undefined
// where none has. As scikit-learn's balanced_accuracy_score.
Metric balanced_accuracy(const ConfusionMatrix& matrix);

// The multi-class correlation of Gorodkin (2004), for two classes Matthews' (1975): -1 .. 1, 0 for
// guessing. Undefined where all rows are of one class, or predicted as one; scikit-learn's
// matthews_corrcoef says 0 there.
Metric matthews(const ConfusionMatrix& matrix);

// How much a confusion of classes i and j costs: 1, |i - j| or (i - j)^2.
enum class KappaWeights : std::uint8_t { none, linear, quadratic };

// Cohen's kappa: 1 - cost / (cost that chance would have with the same totals), at most 1, 0 for
// guessing (Cohen 1960, weighted 1968). Linear and quadratic costs are for classes with an order.
// Undefined where chance costs nothing: all rows are of one class, and predicted as it.
Metric cohen_kappa(const ConfusionMatrix& matrix, KappaWeights costs = KappaWeights::none);

}  // namespace glia::metrics
