#include "glia/metrics/evaluate.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "glia/base/format.h"
#include "glia/metrics/agreement.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/bootstrap.h"
#include "glia/metrics/calibration.h"
#include "glia/metrics/delong.h"
#include "glia/metrics/forecast.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/probability.h"
#include "glia/metrics/regression.h"

namespace glia::metrics {
namespace {

constexpr std::string_view kWhere = "evaluate_classification";

// What the probabilities are: k classes, in `columns` columns (1 for two classes with one number).
struct Layout {
  std::size_t rows = 0, classes = 0, columns = 0, positive = 1;
  double threshold = 0.5;
  std::span<const double> thresholds = {};  // of each row, instead
  double threshold_of(std::size_t row) const {
    return thresholds.empty() ? threshold : thresholds[row];
  }
  bool binary() const { return classes == 2; }
};

void check_options(const Layout& layout, const ClassificationOptions& options) {
  const auto k = layout.classes;
  if (!options.labels.empty() && options.labels.size() != k)
    fail("E-METRIC-02", "{}: got {} class names for {} classes", kWhere, options.labels.size(), k);
  if (!layout.binary() && (options.positive || options.threshold))
    fail("E-METRIC-06", "{}: a {} is for two classes and there are {}; leave it out", kWhere,
         options.positive ? "positive class" : "threshold", k);
  if (!options.thresholds.empty() && (!layout.binary() || options.thresholds.size() != layout.rows))
    fail("E-METRIC-06", "{}: {} thresholds for {} rows of {} classes; expected one for each of two",
         kWhere, options.thresholds.size(), layout.rows, k);
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
  layout.thresholds = options.thresholds;
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
      const bool yes = positive_probability(probabilities, layout, i) > layout.threshold_of(i);
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

  std::vector<std::int64_t> is_positive() const {
    std::vector<std::int64_t> is(layout.rows);
    for (std::size_t i = 0; i < layout.rows; ++i)
      is[i] = labels[i] == static_cast<std::int64_t>(layout.positive);
    return is;
  }

  std::vector<double> positive_scores() const {
    std::vector<double> scores(layout.rows);
    for (std::size_t i = 0; i < layout.rows; ++i)
      scores[i] = positive_probability(probabilities, layout, i);
    return scores;
  }

  // Of two classes each against the other has the same area, so that the averaging does not matter.
  Metric auc(std::string name, Averaging averaging) const {
    if (!layout.binary())
      return roc_auc(probabilities, labels, confusion.labels, averaging, options.weights);
    auto result = options.weights.empty()
                      ? roc_auc_with_interval(positive_scores(), is_positive(), options.confidence)
                      : roc_auc(positive_scores(), is_positive(), options.weights);
    result.name = std::move(name);
    return result;
  }

  Metric auc_of_pairs() const {
    if (layout.binary()) return auc("roc_auc_ovo", Averaging::binary);
    if (!options.weights.empty())
      return undefined("roc_auc_ovo", "it is not defined for rows with weights");
    return roc_auc_ovo(probabilities, labels, confusion.labels);
  }

  Metric precisions(Averaging averaging) const {
    if (!layout.binary())
      return average_precision(probabilities, labels, confusion.labels, averaging, options.weights);
    const auto scores = positive_scores();
    if (averaging == Averaging::binary)
      return average_precision(scores, is_positive(), options.weights);
    std::vector<double> both(2 * layout.rows);
    for (std::size_t i = 0; i < layout.rows; ++i) {
      both[2 * i + layout.positive] = scores[i];
      both[2 * i + 1 - layout.positive] = 1 - scores[i];
    }
    return average_precision(both, labels, confusion.labels, averaging, options.weights);
  }

  // What takes [N, k], or [N] of class 1: one number of class 0 is that of "is it class 0?".
  template <class Compute>
  Metric of_probabilities(Compute compute) const {
    if (layout.columns > 1 || layout.positive == 1) return compute(labels);
    return compute(is_positive());
  }

  Metric calibration(Metric (*compute)(const Numbers&, Labels, const CalibrationOptions&)) const {
    return of_probabilities(
        [&](Labels truth) { return compute(probabilities, truth, {.weights = options.weights}); });
  }

  Metric top(std::size_t most) const {
    if (layout.columns > 1)
      return top_k_accuracy(probabilities, labels, layout.classes, most, options.weights,
                            options.confidence);
    return undefined(fmt::format("top_{}_accuracy", most), "there are only 2 classes");
  }

  // Of the names in metric.cpp.
  Metric of(const MetricName& name) const {
    const auto averaging =
        name.averaging.value_or(layout.binary() ? Averaging::binary : options.averaging);
    const Average average{averaging, layout.positive};
    const auto base = name.info->name;
    if (name.info->averaged && layout.binary() && averaging == Averaging::micro &&
        (base == "roc_auc" || base == "average_precision"))
      fail("E-METRIC-06", "{}: {}_micro is for more than two classes; try {}", kWhere, base, base);
    if (base == "accuracy") return accuracy(confusion, options.confidence);
    if (base == "precision") return precision(confusion, average, options.confidence);
    if (base == "recall") return recall(confusion, average, options.confidence);
    if (base == "specificity") return specificity(confusion, average, options.confidence);
    if (base == "f1") return f1(confusion, average);
    if (base == "jaccard") return jaccard(confusion, average);
    if (base == "balanced_accuracy") return balanced_accuracy(confusion);
    if (base == "matthews") return matthews(confusion);
    if (base == "cohen_kappa") return cohen_kappa(confusion);
    if (base == "roc_auc")
      return auc(averaging == Averaging::binary ? "roc_auc"
                                                : fmt::format("roc_auc_{}", name_of(averaging)),
                 averaging);
    if (base == "roc_auc_ovo") return auc_of_pairs();
    if (base == "average_precision") return precisions(averaging);
    if (base == "top_3_accuracy") return top(3);
    if (base == "top_5_accuracy") return top(5);
    if (base == "ece") return calibration(expected_calibration_error);
    if (base == "mce") return calibration(maximum_calibration_error);
    const auto mean = base == "brier" ? brier : log_loss;
    return of_probabilities(
        [&](Labels truth) { return mean(probabilities, truth, options.weights); });
  }
};

std::vector<MetricName> wanted(const std::vector<std::string>& names, Task task) {
  std::vector<MetricName> metrics;
  for (const auto& name : names.empty() ? usual_metrics(task) : names)
    metrics.push_back(parse_metric(name, task));
  return metrics;
}

void append(std::vector<Metric>& metrics, Metric metric) {
  const bool there = std::any_of(metrics.begin(), metrics.end(),
                                 [&](const Metric& other) { return other.name == metric.name; });
  if (!there) metrics.push_back(std::move(metric));
}

// A calibration error is above its truth by the noise of its bins, and rows that are drawn again
// add as much once more: the interval would lie above the truth nearly always.
bool is_biased(std::string_view name) { return name == "ece" || name == "mce"; }

// The bootstrap's interval where a metric has none. value_of(metric, weights) is its value under
// these weights. One that is not defined in many replicates stays without.
template <class Options, class ValueOf>
void add_intervals(std::vector<Metric>& metrics, std::size_t rows, const Options& options,
                   ValueOf value_of) {
  if (options.replicates == 0 || !options.weights.empty()) return;
  for (Metric& metric : metrics) {
    if (!metric.value || metric.interval || is_biased(metric.name)) continue;
    const auto statistic = [&](std::span<const double> weights) {
      return value_of(metric, weights);
    };
    metric.interval = bootstrap(rows, statistic,
                                {.replicates = options.replicates,
                                 .confidence = options.confidence,
                                 .seed = options.seed})
                          .interval;
  }
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
  add_intervals(result.metrics, layout.rows, options,
                [&](const Metric& metric, std::span<const double> weights) {
                  auto one = options;
                  one.metrics = {metric.name}, one.weights = weights;
                  return evaluate_classification(probabilities, labels, one).metrics[0].value;
                });
  return result;
}

std::vector<Metric> evaluate_regression(const Numbers& predictions, const Numbers& targets,
                                        const RegressionOptions& options) {
  using Compute = Metric (*)(const Numbers&, const Numbers&, std::span<const double>);
  static const std::map<std::string_view, Compute> all{
      {"mse", mse},
      {"mae", mae},
      {"rmse", rmse},
      {"r2", r2},
      {"median_absolute_error", median_absolute_error},
      {"max_error", max_error},
      {"explained_variance", explained_variance},
      {"msle", msle},
      {"rmsle", rmsle},
      {"mape", mape},
      {"smape", smape},
      {"wape", wape}};
  std::vector<Metric> metrics;
  for (const auto& name : wanted(options.metrics, Task::regression))
    append(metrics, all.at(name.info->name)(targets, predictions, options.weights));
  add_intervals(metrics, targets.size(), options,
                [&](const Metric& metric, std::span<const double> weights) {
                  return all.at(metric.name)(targets, predictions, weights).value;
                });
  return metrics;
}

}  // namespace glia::metrics
