#include "glia/metrics/confusion.h"

#include <functional>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {
namespace {

std::size_t checked_class(std::int64_t c, std::size_t classes, std::size_t row,
                          std::string_view what) {
  if (c < 0 || static_cast<std::uint64_t>(c) >= classes)
    fail("E-METRIC-03", "confusion_matrix: the {} class of row {} is {}; expected 0 .. {}", what,
         row, c, static_cast<std::int64_t>(classes) - 1);
  return static_cast<std::size_t>(c);
}

// A metric of one class as a ratio, so that the averages can pool and skip.
struct Ratio {
  double part = 0;
  double whole = 0;  // 0: there is no value
};

struct RatioMetric {
  std::string_view name;
  std::string_view empty;   // what is missing where `whole` is 0: "no row is predicted as"
  std::string_view pooled;  // the same over all classes
  bool proportion;          // of counted rows, so that Wilson's interval holds
  Ratio (*of)(const ConfusionMatrix&, std::size_t);
};

constexpr RatioMetric kPrecision{"precision", "no row is predicted as", "there are no predictions",
                                 true, [](const ConfusionMatrix& m, std::size_t c) {
                                   return Ratio{m.at(c, c), m.predicted_total(c)};
                                 }};
constexpr RatioMetric kRecall{"recall", "no true row is", "there are no true rows", true,
                              [](const ConfusionMatrix& m, std::size_t c) {
                                return Ratio{m.at(c, c), m.true_total(c)};
                              }};
constexpr RatioMetric kF1{"f1", "no row is, or is predicted as,", "there are no rows", false,
                          [](const ConfusionMatrix& m, std::size_t c) {
                            return Ratio{2 * m.at(c, c), m.true_total(c) + m.predicted_total(c)};
                          }};

Metric of_class(const ConfusionMatrix& matrix, const RatioMetric& metric, std::size_t c,
                double level) {
  const auto ratio = metric.of(matrix, c);
  std::string name(metric.name);
  if (ratio.whole == 0)
    return undefined(std::move(name), fmt::format("{} '{}'", metric.empty, matrix.labels[c]));
  auto result = defined(std::move(name), ratio.part / ratio.whole);
  if (metric.proportion && !matrix.weighted)
    result.interval = wilson(ratio.part, ratio.whole, level);
  return result;
}

// "left out 'cat', 'dog': no row is predicted as them".
std::string left_out(const ConfusionMatrix& matrix, const RatioMetric& metric,
                     const std::vector<std::size_t>& skipped) {
  constexpr std::size_t kMost = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(skipped.size(), kMost); ++i)
    names += fmt::format("{}'{}'", i ? ", " : "", matrix.labels[skipped[i]]);
  if (skipped.size() > kMost) names += fmt::format(" and {} more", skipped.size() - kMost);
  return fmt::format("over {} of {} classes: {} {}", matrix.classes() - skipped.size(),
                     matrix.classes(), metric.empty, names);
}

Metric pooled(const ConfusionMatrix& matrix, const RatioMetric& metric, std::string name) {
  Sum part, whole;
  for (std::size_t c = 0; c < matrix.classes(); ++c) {
    const auto ratio = metric.of(matrix, c);
    part.add(ratio.part), whole.add(ratio.whole);
  }
  if (whole.value() == 0) return undefined(std::move(name), metric.pooled);
  return defined(std::move(name), part.value() / whole.value());
}

Metric mean_over_classes(const ConfusionMatrix& matrix, const RatioMetric& metric,
                         Averaging averaging, std::string name) {
  Sum sum, weights;
  std::vector<std::size_t> skipped;
  for (std::size_t c = 0; c < matrix.classes(); ++c) {
    const auto ratio = metric.of(matrix, c);
    if (ratio.whole == 0) {
      skipped.push_back(c);
      continue;
    }
    const double weight = averaging == Averaging::weighted ? matrix.true_total(c) : 1;
    sum.add(weight * (ratio.part / ratio.whole)), weights.add(weight);
  }
  if (skipped.size() == matrix.classes()) return undefined(std::move(name), metric.pooled);
  if (weights.value() == 0)
    return undefined(std::move(name), "the classes that have a value have no true rows");
  auto result = defined(std::move(name), sum.value() / weights.value());
  if (!skipped.empty()) result.note = left_out(matrix, metric, skipped);
  return result;
}

Metric averaged(const ConfusionMatrix& matrix, const RatioMetric& metric, const Average& average,
                double level) {
  if (average.averaging == Averaging::binary) {
    if (matrix.classes() != 2)
      fail("E-METRIC-06",
           "{}: binary averaging is for two classes and there are {}; try macro, "
           "micro or weighted",
           metric.name, matrix.classes());
    if (average.positive > 1)
      fail("E-METRIC-06", "{}: the positive class is {}; expected 0 or 1", metric.name,
           average.positive);
    return of_class(matrix, metric, average.positive, level);
  }
  auto name = fmt::format("{}_{}", metric.name, name_of(average.averaging));
  if (average.averaging == Averaging::micro) return pooled(matrix, metric, std::move(name));
  return mean_over_classes(matrix, metric, average.averaging, std::move(name));
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
  return averaged(matrix, kPrecision, average, level);
}

Metric recall(const ConfusionMatrix& matrix, const Average& average, double level) {
  return averaged(matrix, kRecall, average, level);
}

Metric f1(const ConfusionMatrix& matrix, const Average& average) {
  return averaged(matrix, kF1, average, 0.95);
}

std::vector<ClassMetrics> by_class(const ConfusionMatrix& matrix, double level) {
  std::vector<ClassMetrics> rows;
  for (std::size_t c = 0; c < matrix.classes(); ++c)
    rows.push_back({matrix.labels[c], of_class(matrix, kPrecision, c, level),
                    of_class(matrix, kRecall, c, level), of_class(matrix, kF1, c, level),
                    matrix.true_total(c)});
  return rows;
}

}  // namespace glia::metrics
