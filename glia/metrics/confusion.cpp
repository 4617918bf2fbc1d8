#include "glia/metrics/confusion.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/ratios.h"

namespace glia::metrics {
namespace {

std::size_t checked_class(std::int64_t c, std::size_t classes, std::size_t row,
                          std::string_view what) {
  if (c < 0 || static_cast<std::uint64_t>(c) >= classes)
    fail("E-METRIC-03", "confusion_matrix: the {} class of row {} is {}; expected 0 .. {}", what,
         row, c, static_cast<std::int64_t>(classes) - 1);
  return static_cast<std::size_t>(c);
}

CountedClasses counted(const ConfusionMatrix& matrix) {
  CountedClasses all{matrix.labels, {}, matrix.weighted};
  const double total = matrix.total();
  for (std::size_t c = 0; c < matrix.classes(); ++c) {
    const double right = matrix.at(c, c), support = matrix.true_total(c);
    const double wrong = matrix.predicted_total(c) - right;
    // Sums of weights round: what should be 0 must not be below it.
    all.counts.push_back({.true_positives = right,
                          .false_positives = wrong,
                          .false_negatives = support - right,
                          .true_negatives = std::max(0.0, total - support - wrong)});
  }
  return all;
}

Metric of(const ConfusionMatrix& matrix, const RatioMetric& metric, const Average& average,
          double level) {
  if (average.averaging != Averaging::binary)
    return averaged(counted(matrix), metric, average.averaging);
  if (matrix.classes() != 2)
    fail("E-METRIC-06",
         "{}: binary averaging is for two classes and there are {}; try macro, micro or weighted",
         metric.name, matrix.classes());
  if (average.positive > 1)
    fail("E-METRIC-06", "{}: the positive class is {}; expected 0 or 1", metric.name,
         average.positive);
  return of_class(counted(matrix), metric, average.positive, level);
}

}  // namespace

double ConfusionMatrix::total() const {
  Sum sum;
  for (const double count : counts) sum.add(count);
  return sum.value();
}

double ConfusionMatrix::true_total(std::size_t c) const {
  Sum sum;
  for (std::size_t j = 0; j < classes(); ++j) sum.add(at(c, j));
  return sum.value();
}

double ConfusionMatrix::predicted_total(std::size_t c) const {
  Sum sum;
  for (std::size_t i = 0; i < classes(); ++i) sum.add(at(i, c));
  return sum.value();
}

ConfusionMatrix confusion_matrix(Labels truth, Labels predicted, std::vector<std::string> labels,
                                 std::span<const double> weights) {
  same_size(predicted.size(), truth.size(), "predicted classes", "confusion_matrix");
  const Weights weight(weights, truth.size(), "confusion_matrix");
  const std::size_t k = labels.size();
  std::vector<Sum> sums(k * k);
  for (std::size_t i = 0; i < truth.size(); ++i)
    sums[checked_class(truth[i], k, i, "true") * k + checked_class(predicted[i], k, i, "predicted")]
        .add(weight[i]);
  ConfusionMatrix matrix{std::move(labels), std::vector<double>(k * k), weight.given()};
  for (std::size_t i = 0; i < sums.size(); ++i) matrix.counts[i] = sums[i].value();
  return matrix;
}

std::vector<std::string> numbered_labels(std::size_t classes) {
  std::vector<std::string> labels(classes);
  for (std::size_t c = 0; c < classes; ++c) labels[c] = std::to_string(c);
  return labels;
}

Metric accuracy(const ConfusionMatrix& matrix, double level) {
  const double total = matrix.total();
  if (total == 0)
    return undefined("accuracy",
                     matrix.weighted ? "the sample weights sum to 0" : "there are no rows");
  Sum right;
  for (std::size_t c = 0; c < matrix.classes(); ++c) right.add(matrix.at(c, c));
  auto result = defined("accuracy", right.value() / total);
  if (!matrix.weighted) result.interval = wilson(right.value(), total, level);
  return result;
}

Metric precision(const ConfusionMatrix& matrix, const Average& average, double level) {
  return of(matrix, kPrecision, average, level);
}

Metric recall(const ConfusionMatrix& matrix, const Average& average, double level) {
  return of(matrix, kRecall, average, level);
}

Metric specificity(const ConfusionMatrix& matrix, const Average& average, double level) {
  return of(matrix, kSpecificity, average, level);
}

Metric f1(const ConfusionMatrix& matrix, const Average& average) {
  return of(matrix, kF1, average, 0.95);
}

Metric jaccard(const ConfusionMatrix& matrix, const Average& average) {
  return of(matrix, kJaccard, average, 0.95);
}

std::vector<ClassMetrics> by_class(const ConfusionMatrix& matrix, double level) {
  return by_class(counted(matrix), level);
}

}  // namespace glia::metrics
