// Metrics of a dataset's predictions, as training and evaluation show them.
#include "glia/metrics/evaluate.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

std::int64_t columns(const Tensor& t) { return t.shape().rank() < 2 ? 1 : t.shape()[1].value(); }

}  // namespace

Objective objective(const FitOptions& o) {
  if (!o.outputs.empty()) return o.outputs;
  return std::vector<Output>{{.loss = o.loss,
                              .metrics = o.metrics,
                              .target = o.target,
                              .positive = o.positive,
                              .threshold = o.threshold}};
}

std::vector<metrics::Metric> score(const Tensor& predictions, const Tensor& targets,
                                   const Output& options) {
  if (options.metrics.empty()) return {};
  if (!options.loss.of_classes()) {
    metrics::RegressionOptions o;
    o.metrics = options.metrics;
    return metrics::evaluate_regression(options.target.inverse(predictions),
                                        options.target.inverse(targets), o);
  }
  metrics::ClassificationOptions o;
  o.metrics = options.metrics;
  o.labels = options.target.labels;
  if (columns(predictions) <= 2) {
    o.positive = options.positive;
    o.threshold = options.threshold;
  }
  return metrics::evaluate_classification(predictions, targets, o).metrics;
}

}  // namespace glia::train
