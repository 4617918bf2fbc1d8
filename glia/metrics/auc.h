// Metrics of the order in which scores put rows: area under the ROC curve, average precision.
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

// Each class against each other (Hand and Till 2001): of every pair of classes that have rows, the
// mean of the two areas over the rows of the two; macro is the mean over pairs, weighted weighs a
// pair by its rows. Depends less on how frequent classes are than one against the rest. Undefined
// where fewer than two classes have rows. Names "roc_auc_ovo", "roc_auc_ovo_weighted".
Metric roc_auc_ovo(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
                   Averaging averaging = Averaging::macro);

// Sum over thresholds of (recall gained) * precision: the area under the precision-recall curve
// taken in steps, without the interpolation that flatters. Arguments as for roc_auc; undefined
// without positive rows. Equal scores are one threshold. As scikit-learn's average_precision_score.
Metric average_precision(const Numbers& scores, Labels positive,
                         std::span<const double> weights = {});
Metric average_precision(const Numbers& scores, Labels truth,
                         const std::vector<std::string>& labels,
                         Averaging averaging = Averaging::macro,
                         std::span<const double> weights = {});

// The area under the ROC curve of the same scores under many weightings, as resampling asks for:
// sorted once, O(N) each. Error E-METRIC-02; scores are finite.
class RocAucOfWeights {
 public:
  RocAucOfWeights(const Numbers& scores, Labels positive);
  // weights: [N], not checked. Nothing where one side has no weight.
  std::optional<double> operator()(std::span<const double> weights) const;

 private:
  struct Row {
    std::uint32_t row;
    bool positive, last_of_ties;
  };
  std::vector<Row> rows_;  // by rising score
};

}  // namespace glia::metrics
