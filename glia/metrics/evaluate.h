// Everything about one set of predictions, in one call.
#pragma once

#include "glia/metrics/confusion.h"
#include "glia/metrics/metric.h"

namespace glia {
class Tensor;
}

namespace glia::metrics {

struct ClassificationOptions {
  std::vector<std::string> labels;       // the classes' names; empty: "0", "1", ...
  std::optional<std::int64_t> positive;  // two classes only: the declared one, 0 or 1; default 1
  std::optional<double> threshold;       // two classes only: positive where p > it; default 0.5
  // Two classes only, instead: of each row, where rows were predicted by models of their own. [N]
  std::span<const double> thresholds;
  std::vector<std::string> metrics;  // names as in an experiment, in order; empty: the usual ones
  Averaging averaging = Averaging::macro;  // more than two classes: for names that do not say
  std::span<const double> weights;         // [N] sample weights; empty: 1 each
  double confidence = 0.95;                // of the intervals
  // Replicates of a bootstrap for metrics that have no interval of their own (bootstrap.h); 0:
  // none. Where sample weights are given there is none. Costs as many evaluations for each metric.
  std::size_t replicates = 0;
  std::uint64_t seed = 0;
};

struct ClassificationResult {
  std::vector<Metric> metrics;
  ConfusionMatrix confusion;
  std::vector<ClassMetrics> classes;
  std::vector<std::int64_t> predicted;  // [N] the decisions that were counted

  // By its printed name, or by the plain one where that was averaged ("f1" finds "f1_macro");
  // nullptr where absent.
  const Metric* find(std::string_view name) const;
};

// probabilities: [N, k], or [N] for two classes with that of the positive class; labels: [N] class
// numbers. Two classes ([N] or k = 2) are decided by the threshold on the positive class, and plain
// names ("precision", "roc_auc") are of that class. More are decided by the largest probability
// (the first of equal ones), and plain names are averaged: "precision" gives "precision_macro".
// Where a probability is not finite, nothing is decided: every metric is undefined and says so, and
// the confusion matrix is empty. Errors E-METRIC-01 .. E-METRIC-06.
ClassificationResult evaluate_classification(const Numbers& probabilities, Labels labels,
                                             const ClassificationOptions& options = {});

struct RegressionOptions {
  std::vector<std::string> metrics;  // empty: the usual ones
  std::span<const double> weights;   // [N] sample weights; empty: 1 each
  double confidence = 0.95;          // of the intervals
  std::size_t replicates = 0;        // of a bootstrap for every metric, as above
  std::uint64_t seed = 0;
};

// predictions, targets: [N], in the target's own unit. Errors E-METRIC-01, -02, -04, -07.
std::vector<Metric> evaluate_regression(const Numbers& predictions, const Numbers& targets,
                                        const RegressionOptions& options = {});

// The same on tensors: probabilities f32 or f64 of shape [N], [N, 1] or [N, k]; labels of any
// dtype, [N], [N, 1], or one-hot [N, k]. Error E-METRIC-02 for other shapes, E-METRIC-03 for a
// label that is not a whole number or a row that is not one-hot.
ClassificationResult evaluate_classification(const Tensor& probabilities, const Tensor& labels,
                                             const ClassificationOptions& options = {});
// predictions and targets of shape [N] or [N, 1].
std::vector<Metric> evaluate_regression(const Tensor& predictions, const Tensor& targets,
                                        const RegressionOptions& options = {});

}  // namespace glia::metrics
