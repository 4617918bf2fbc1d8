// Metrics where a row may have any number of labels: decisions about each label, and the order in
// which a row's scores put the labels.
#pragma once

#include "glia/metrics/confusion.h"

namespace glia::metrics {

struct MultilabelOptions {
  std::vector<std::string> labels;  // the labels' names; empty: "0", "1", ...
  double threshold = 0.5;           // a label is predicted where its probability is above it
  std::span<const double> weights;  // [N] sample weights; empty: 1 each
  double confidence = 0.95;         // of the intervals
};

struct MultilabelResult {
  // subset_accuracy, hamming_loss; precision, recall, f1 and jaccard, each _micro, _macro,
  // _weighted and _samples; roc_auc and average_precision _micro, _macro, _weighted; and the three
  // of label_ranking below.
  std::vector<Metric> metrics;
  std::vector<ClassMetrics> labels;  // by label
  std::vector<ClassCounts> counts;   // by label

  const Metric* find(std::string_view name) const;  // nullptr where absent
};

// probabilities: [N, L]; truth: [N, L], nonzero where the row has the label. With the definitions
// of scikit-learn under zero_division = nan: an average leaves out the labels (samples: the rows)
// that have no value and the note counts them. samples is the mean over rows of the metric among
// the row's labels. subset_accuracy is the share of rows with every label right, hamming_loss the
// share of wrong decisions. Where a probability is not finite every metric is undefined and says
// so. Errors E-METRIC-02 (sizes, or no labels), E-METRIC-04, E-METRIC-05, E-METRIC-06.
MultilabelResult evaluate_multilabel(const Numbers& probabilities, Labels truth, std::size_t labels,
                                     const MultilabelOptions& options = {});

// Of the order of a row's labels by score (Tsoumakas, Katakis and Vlahavas 2010); ties count
// against the model. scores, truth: [N, L]; weights: [N] or empty. Rows for which a metric does not
// exist (no true label; for ranking_loss also every label true) are left out and the note counts
// them; scikit-learn counts them as 1, 0 and 0.
// Errors E-METRIC-02, E-METRIC-04.

// Mean over rows and their true labels of the share of true ones among the labels that score at
// least as high: above 0, best 1.
Metric label_ranking_average_precision(const Numbers& scores, Labels truth, std::size_t labels,
                                       std::span<const double> weights = {});
// How far down the order one must go to have all true labels: from the mean number of true labels
// to L.
Metric coverage_error(const Numbers& scores, Labels truth, std::size_t labels,
                      std::span<const double> weights = {});
// Share of pairs of a true and a false label in the wrong order: best 0.
Metric label_ranking_loss(const Numbers& scores, Labels truth, std::size_t labels,
                          std::span<const double> weights = {});

}  // namespace glia::metrics
