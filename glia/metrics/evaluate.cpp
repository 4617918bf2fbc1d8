#include "glia/metrics/evaluate.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/ranking.h"
#include "glia/metrics/regression.h"

namespace glia::metrics {
namespace {

constexpr std::string_view kWhere = "evaluate_classification";

// What the probabilities are: k classes, in `columns` columns (1 for two classes with one number).
struct Layout {
  std::size_t rows = 0, classes = 0, columns = 0, positive = 1;
  double threshold = 0.5;
  bool binary() const { return classes == 2; }
};

void check_options(const Layout& layout, const ClassificationOptions& options) {
  const auto k = layout.classes;
  if (!options.labels.empty() && options.labels.size() != k)
    fail("E-METRIC-02", "{}: got {} class names for {} classes", kWhere, options.labels.size(), k);
  if (!layout.binary() && (options.positive || options.threshold))
    fail("E-METRIC-06", "{}: a {} is for two classes and there are {}; leave it out", kWhere,
         options.positive ? "positive class" : "threshold", k);
  if (!layout.binary() && options.averaging == Averaging::binary)
    fail("E-METRIC-06",
         "{}: binary averaging is for two classes and there are {}; try macro, micro "
         "or weighted",
         kWhere, k);
  if (options.positive && *options.positive != 0 && *options.positive != 1)
    fail("E-METRIC-06", "{}: the positive class is {}; expected 0 or 1", kWhere, *options.positive);
  if (options.threshold && !(*options.threshold >= 0 && *options.threshold <= 1))
    fail("E-METRIC-06", "{}: the threshold is {}; expected a probability, 0 .. 1", kWhere,
         *options.threshold);
}

Layout layout_of(const Numbers& probabilities, Labels labels,
                 const ClassificationOptions& options) {
  Layout layout{.rows = labels.size()};
  if (layout.rows == 0 ? !probabilities.empty()
                       : probabilities.size() % layout.rows != 0 || probabilities.empty())
    fail("E-METRIC-02", "{}: got {} probabilities for {} labels; expected [N] or [N, k] for [N]",
         kWhere, probabilities.size(), layout.rows);
  // Without rows nothing tells the columns; the names may.
  layout.columns = layout.rows == 0 ? std::max<std::size_t>(2, options.labels.size())
                                    : probabilities.size() / layout.rows;
  layout.classes = std::max<std::size_t>(2, layout.columns);
  check_options(layout, options);
  layout.positive = static_cast<std::size_t>(options.positive.value_or(1));
  layout.threshold = options.threshold.value_or(0.5);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || static_cast<std::uint64_t>(labels[i]) >= layout.classes)
      fail("E-METRIC-03", "{}: the label of row {} is {}; expected 0 .. {}", kWhere, i, labels[i],
           layout.classes - 1);
  return layout;
}

double positive_probability(const Numbers& probabilities, const Layout& layout, std::size_t row) {
  return layout.columns == 1 ? probabilities[row] : probabilities[row * 2 + layout.positive];
}

std::vector<std::int64_t> decide(const Numbers& probabilities, const Layout& layout) {
  std::vector<std::int64_t> predicted(layout.rows);
  for (std::size_t i = 0; i < layout.rows; ++i) {
    std::size_t best = 0;
    if (layout.binary()) {
      const bool yes = positive_probability(probabilities, layout, i) > layout.threshold;
      best = yes ? layout.positive : 1 - layout.positive;
    } else {
      for (std::size_t c = 1; c < layout.classes; ++c)
        if (probabilities[i * layout.columns + c] > probabilities[i * layout.columns + best])
          best = c;
    }
    predicted[i] = static_cast<std::int64_t>(best);
  }
  return predicted;
}

struct Evaluation {
  const Numbers& probabilities;
  Labels labels;
  const ClassificationOptions& options;
  const Layout& layout;
  const ConfusionMatrix& confusion;

  // Of the positive class: its probabilities, and who is of it.
  Metric positive_auc() const {
    std::vector<double> scores(layout.rows);
    std::vector<std::int64_t> is_positive(layout.rows);
    for (std::size_t i = 0; i < layout.rows; ++i) {
      scores[i] = positive_probability(probabilities, layout, i);
      is_positive[i] = labels[i] == static_cast<std::int64_t>(layout.positive);
    }
    return roc_auc(scores, is_positive, options.weights);
  }

  Metric auc(Averaging averaging) const {
    if (!layout.binary())
      return roc_auc(probabilities, labels, confusion.labels, averaging, options.weights);
    if (averaging == Averaging::micro)
      fail("E-METRIC-06", "{}: roc_auc_micro is for more than two classes; try roc_auc", kWhere);
    auto result = positive_auc();  // each class against the other has the same area
    if (averaging != Averaging::binary) result.name = fmt::format("roc_auc_{}", name_of(averaging));
    return result;
  }

  Metric loss() const {
    if (layout.columns > 1) return log_loss(probabilities, labels, options.weights);
    if (layout.positive == 1) return log_loss(probabilities, labels, options.weights);
    std::vector<std::int64_t> is_positive(layout.rows);
    for (std::size_t i = 0; i < layout.rows; ++i) is_positive[i] = labels[i] == 0;
    return log_loss(probabilities, is_positive, options.weights);
  }

  Metric of(const MetricName& name) const {
    const auto averaging =
        name.averaging.value_or(layout.binary() ? Averaging::binary : options.averaging);
    const Average average{averaging, layout.positive};
    const auto base = name.info->name;
    if (base == "accuracy") return accuracy(confusion, options.confidence);
    if (base == "precision") return precision(confusion, average, options.confidence);
    if (base == "recall") return recall(confusion, average, options.confidence);
    if (base == "f1") return f1(confusion, average);
    if (base == "roc_auc") return auc(averaging);
    return loss();
  }
};

std::vector<MetricName> wanted(const std::vector<std::string>& names, Task task) {
  std::vector<MetricName> metrics;
  for (const auto& name : names) metrics.push_back(parse_metric(name, task));
  if (!names.empty()) return metrics;
  for (const auto& info : known_metrics())
    if (info.task == task) metrics.push_back({&info, std::nullopt});
  return metrics;
}

void append(std::vector<Metric>& metrics, Metric metric) {
  const bool there = std::any_of(metrics.begin(), metrics.end(),
                                 [&](const Metric& other) { return other.name == metric.name; });
  if (!there) metrics.push_back(std::move(metric));
}

}  // namespace

const Metric* ClassificationResult::find(std::string_view name) const {
  for (const auto& metric : metrics)
    if (metric.name == name) return &metric;
  for (const auto& metric : metrics)
    if (const auto parsed = parse_metric(metric.name);
        parsed.averaging && parsed.info->name == name)
      return &metric;
  return nullptr;
}

ClassificationResult evaluate_classification(const Numbers& probabilities, Labels labels,
                                             const ClassificationOptions& options) {
  const auto layout = layout_of(probabilities, labels, options);
  const auto names = wanted(options.metrics, Task::classification);
  auto class_names = options.labels.empty() ? numbered_labels(layout.classes) : options.labels;
  const auto bad = non_finite(probabilities, layout.columns, "probabilities");
  if (bad.empty()) check_probabilities(probabilities, layout.columns);

  ClassificationResult result;
  if (bad.empty()) result.predicted = decide(probabilities, layout);
  result.confusion =
      confusion_matrix(bad.empty() ? labels : Labels{}, result.predicted, std::move(class_names),
                       bad.empty() ? options.weights : std::span<const double>{});
  result.classes = by_class(result.confusion, options.confidence);
  const Evaluation evaluation{probabilities, labels, options, layout, result.confusion};
  for (const auto& name : names) {
    auto metric = evaluation.of(name);
    append(result.metrics, bad.empty() ? std::move(metric) : undefined(metric.name, bad));
  }
  return result;
}

std::vector<Metric> evaluate_regression(const Numbers& predictions, const Numbers& targets,
                                        const RegressionOptions& options) {
  std::vector<Metric> metrics;
  for (const auto& name : wanted(options.metrics, Task::regression)) {
    const auto base = name.info->name;
    const auto compute = base == "mse" ? mse : base == "mae" ? mae : base == "rmse" ? rmse : r2;
    append(metrics, compute(targets, predictions, options.weights));
  }
  return metrics;
}

}  // namespace glia::metrics
