// The confusion matrix, and the metrics that are functions of it.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// counts[true][predicted] over k classes.
struct ConfusionMatrix {
  std::vector<std::string> labels;  // the classes' names, k of them
  std::vector<double> counts;       // [k, k]: row the true class, column the predicted one
  bool weighted = false;            // sums of sample weights in place of counts

  std::size_t classes() const { return labels.size(); }
  double at(std::size_t truth, std::size_t predicted) const {
    return counts[truth * labels.size() + predicted];
  }
  double total() const;
  double true_total(std::size_t c) const;       // rows of class c: its support
  double predicted_total(std::size_t c) const;  // rows predicted as class c
};

// truth, predicted: [N], each in 0 .. k-1 with k = labels.size(); weights: [N] or empty.
// Errors E-METRIC-02 (sizes), E-METRIC-03 (a class out of range), E-METRIC-04 (weights).
ConfusionMatrix confusion_matrix(Labels truth, Labels predicted, std::vector<std::string> labels,
                                 std::span<const double> weights = {});

// "0", "1", ... for classes without names.
std::vector<std::string> numbered_labels(std::size_t classes);

// Decisions about one class or label against the rest: counts of rows, or sums of their weights.
struct ClassCounts {
  double true_positives = 0, false_positives = 0, false_negatives = 0, true_negatives = 0;
  double support() const { return true_positives + false_negatives; }
  double predicted() const { return true_positives + false_positives; }
};

// How precision, recall and F1 are taken: over which average, and for `binary` of which class.
struct Average {
  Averaging averaging = Averaging::macro;
  std::size_t positive = 1;
};

// Share of rows on the diagonal, with Wilson's interval where the counts are not weighted.
Metric accuracy(const ConfusionMatrix& matrix, double level = 0.95);

// precision = tp / (tp + fp), recall = tp / (tp + fn), f1 = 2 tp / (2 tp + fp + fn), with the
// definitions of scikit-learn's precision_recall_fscore_support under zero_division = nan: without
// predictions there is no precision, without true rows no recall, without either no F1.
// specificity = tn / (tn + fp), the recall of all other rows; jaccard = tp / (tp + fp + fn), of
// masks called IoU. In an average over classes, those without a value are left out and the note
// names them. Binary shares of counts carry Wilson's interval. Names: "precision" for binary, else
// "precision_macro", ... Error E-METRIC-06 where `positive` is no class, or binary is asked of more
// than two classes.
Metric precision(const ConfusionMatrix& matrix, const Average& average = {}, double level = 0.95);
Metric recall(const ConfusionMatrix& matrix, const Average& average = {}, double level = 0.95);
Metric specificity(const ConfusionMatrix& matrix, const Average& average = {}, double level = 0.95);
Metric f1(const ConfusionMatrix& matrix, const Average& average = {});
Metric jaccard(const ConfusionMatrix& matrix, const Average& average = {});

// One row of a report by class: each metric against all other classes.
struct ClassMetrics {
  std::string label;
  Metric precision, recall, f1;
  double support = 0;  // true rows, or the sum of their weights
};
std::vector<ClassMetrics> by_class(const ConfusionMatrix& matrix, double level = 0.95);

}  // namespace glia::metrics
