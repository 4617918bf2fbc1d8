// Metrics of a dataset's predictions, as training and evaluation show them.
#include "glia/metrics/evaluate.h"
#include "glia/train/answers.h"
#include "glia/train/trainer.h"

namespace glia::train {
namespace {

std::int64_t columns(const Tensor& t) { return t.shape().rank() < 2 ? 1 : t.shape()[1].value(); }

// The numbers of these answers, [answers, width].
Tensor picked(const Tensor& all, const std::vector<std::int64_t>& answers, const Answers& a) {
  Tensor some(all.dtype(), {static_cast<std::int64_t>(answers.size()), a.width});
  std::int64_t to = 0;
  for (const std::int64_t answer : answers)
    for (std::int64_t j = 0; j < a.width; ++j)
      some.set(to++, all.at(a.begin(answer) + j * a.stride));
  return some;
}

}  // namespace

Objective objective(const FitOptions& o) {
  if (!o.outputs.empty()) return o.outputs;
  return std::vector<Output>{{.loss = o.loss,
                              .metrics = o.metrics,
                              .target = o.target,
                              .positive = o.positive,
                              .threshold = o.threshold}};
}

std::pair<Tensor, Tensor> answers_of(const Tensor& predictions, const Tensor& targets,
                                     const nn::Loss& loss, const Tensor& mask,
                                     const Tensor& weights) {
  const Answers a(loss, predictions.shape());
  const Counted counted(a, loss, targets, mask, weights);
  if (predictions.shape().rank() <= 2 && counted.all()) return {predictions, targets};
  std::vector<std::int64_t> answers;
  for (std::int64_t i = 0; i < predictions.shape()[0].value() * a.per_row; ++i)
    if (counted(i)) answers.push_back(i);
  if (targets.dtype() == DType::f32)
    return {picked(predictions, answers, a), picked(targets, answers, a)};
  Tensor labels(targets.dtype(), {static_cast<std::int64_t>(answers.size())});
  for (std::int64_t i = 0; i < labels.size(); ++i)
    labels.set(i, targets.at(answers[static_cast<std::size_t>(i)]));
  return {picked(predictions, answers, a), labels};
}

std::vector<metrics::Metric> score(const Tensor& all_predictions, const Tensor& all_targets,
                                   const Output& options, const Tensor& mask,
                                   const Tensor& weights) {
  if (options.metrics.empty()) return {};
  const auto [predictions, targets] =
      answers_of(all_predictions, all_targets, options.loss, mask, weights);
  if (!options.loss.of_classes()) {
    metrics::RegressionOptions o;
    o.metrics = options.metrics;
    return metrics::evaluate_regression(one_by_one(options.target.inverse(predictions)),
                                        one_by_one(options.target.inverse(targets)), o);
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
