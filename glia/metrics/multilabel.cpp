#include "glia/metrics/multilabel.h"

#include "glia/base/format.h"
#include "glia/metrics/interval.h"
#include "glia/metrics/probability.h"
#include "glia/metrics/ratios.h"
#include "glia/metrics/score_counts.h"

namespace glia::metrics {
namespace {

constexpr std::string_view kWhere = "evaluate_multilabel";

struct Rows {
  const Numbers& probabilities;
  Labels truth;
  std::size_t labels;
  const Weights& weight;
  double threshold;

  std::size_t count() const { return truth.size() / labels; }
  bool is(std::size_t row, std::size_t label) const { return truth[row * labels + label] != 0; }
  bool predicted(std::size_t row, std::size_t label) const {
    return probabilities[row * labels + label] > threshold;
  }
};

// Weighted decisions, each into its own cell.
struct Tally {
  Sum true_positives, false_positives, false_negatives, true_negatives;
  void add(bool is, bool predicted, double weight) {
    (is          ? predicted ? true_positives : false_negatives
     : predicted ? false_positives
                 : true_negatives)
        .add(weight);
  }
  ClassCounts counts() const {
    return {true_positives.value(), false_positives.value(), false_negatives.value(),
            true_negatives.value()};
  }
};

std::vector<ClassCounts> count_labels(const Rows& rows) {
  std::vector<ClassCounts> counts;
  for (std::size_t label = 0; label < rows.labels; ++label) {
    Tally tally;
    for (std::size_t i = 0; i < rows.count(); ++i)
      tally.add(rows.is(i, label), rows.predicted(i, label), rows.weight[i]);
    counts.push_back(tally.counts());
  }
  return counts;
}

std::vector<ClassCounts> count_rows(const Rows& rows) {
  std::vector<ClassCounts> counts;
  for (std::size_t i = 0; i < rows.count(); ++i) {
    Tally tally;
    for (std::size_t label = 0; label < rows.labels; ++label)
      tally.add(rows.is(i, label), rows.predicted(i, label), 1);
    counts.push_back(tally.counts());
  }
  return counts;
}

Metric over_samples(const RatioMetric& metric, const std::vector<ClassCounts>& rows,
                    const Weights& weight) {
  auto name = fmt::format("{}_samples", metric.name);
  Sum sum, total;
  std::size_t used = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto ratio = metric.of(rows[i]);
    if (ratio.whole == 0) continue;
    ++used;
    sum.add(weight[i] * (ratio.part / ratio.whole)), total.add(weight[i]);
  }
  if (total.value() == 0) return undefined(std::move(name), "no row that counts has a value");
  auto result = defined(std::move(name), sum.value() / total.value());
  if (used < rows.size())
    result.note = fmt::format("over {} of {} rows: the others have no value", used, rows.size());
  return result;
}

void add_decisions(const Rows& rows, const CountedClasses& all, double level,
                   MultilabelResult& result) {
  const auto samples = count_rows(rows);
  Sum exact, wrong;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double errors = samples[i].false_positives + samples[i].false_negatives;
    if (errors == 0) exact.add(rows.weight[i]);
    wrong.add(rows.weight[i] * errors);
  }
  const double total = rows.weight.total();
  auto subset = defined("subset_accuracy", exact.value() / total);
  if (!all.weighted && total > 0) subset.interval = wilson(exact.value(), total, level);
  result.metrics.push_back(std::move(subset));
  result.metrics.push_back(
      defined("hamming_loss", wrong.value() / total / static_cast<double>(rows.labels)));
  for (const auto* metric : {&kPrecision, &kRecall, &kF1, &kJaccard}) {
    for (const auto averaging : {Averaging::micro, Averaging::macro, Averaging::weighted})
      result.metrics.push_back(averaged(all, *metric, averaging));
    result.metrics.push_back(over_samples(*metric, samples, rows.weight));
  }
}

ThresholdCounts scored(const Rows& rows, std::optional<std::size_t> label) {
  const std::size_t columns = label ? 1 : rows.labels, first = label.value_or(0);
  const auto at = [=, &rows](std::size_t i) {
    return i / columns * rows.labels + first + i % columns;
  };
  return count_at_thresholds(
      rows.count() * columns, [&](std::size_t i) { return rows.probabilities[at(i)]; },
      [&](std::size_t i) { return rows.truth[at(i)] != 0; },
      [&](std::size_t i) { return rows.weight[i / columns]; });
}

void add_area(std::string_view name, std::optional<double> (*area)(const ThresholdCounts&),
              const Rows& rows, const std::vector<ThresholdCounts>& by_label,
              std::vector<Metric>& metrics) {
  const auto pooled = area(scored(rows, std::nullopt));
  auto micro = fmt::format("{}_micro", name);
  metrics.push_back(pooled ? defined(std::move(micro), *pooled)
                           : undefined(std::move(micro), "all decisions are of one kind"));
  for (const auto averaging : {Averaging::macro, Averaging::weighted}) {
    Sum sum, total;
    std::size_t used = 0;
    for (const auto& counts : by_label) {
      const auto value = area(counts);
      if (!value) continue;
      ++used;
      const double share = averaging == Averaging::weighted ? counts.positives() : 1;
      sum.add(share * *value), total.add(share);
    }
    auto full = fmt::format("{}_{}", name, name_of(averaging));
    if (total.value() == 0) {
      metrics.push_back(undefined(std::move(full), "no label has rows with it and without it"));
      continue;
    }
    metrics.push_back(defined(std::move(full), sum.value() / total.value()));
    if (used < by_label.size())
      metrics.back().note = fmt::format("over {} of {} labels: the others are all of one kind",
                                        used, by_label.size());
  }
}

void check(const Numbers& probabilities, Labels truth, std::size_t labels,
           const MultilabelOptions& o) {
  if (labels == 0 || truth.size() % labels != 0)
    fail("E-METRIC-02", "{}: got {} decisions for {} labels; expected [N, L]", kWhere, truth.size(),
         labels);
  if (!o.labels.empty() && o.labels.size() != labels)
    fail("E-METRIC-02", "{}: got {} names for {} labels", kWhere, o.labels.size(), labels);
  same_size(probabilities.size(), truth.size(), "probabilities", kWhere);
  if (!(o.threshold >= 0 && o.threshold <= 1))
    fail("E-METRIC-06", "{}: the threshold is {}; expected a probability, 0 .. 1", kWhere,
         o.threshold);
  check_level(o.confidence, kWhere);
  check_probabilities(probabilities, 1);
}

// The reason where there is nothing to count.
std::string nothing(const Rows& rows) {
  if (const auto why = nothing_to_count(rows.count(), rows.weight); !why.empty())
    return std::string(why);
  return non_finite(rows.probabilities, rows.labels, "probabilities");
}

}  // namespace

const Metric* MultilabelResult::find(std::string_view name) const {
  for (const auto& metric : metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

MultilabelResult evaluate_multilabel(const Numbers& probabilities, Labels truth, std::size_t labels,
                                     const MultilabelOptions& options) {
  check(probabilities, truth, labels, options);
  const auto names = options.labels.empty() ? numbered_labels(labels) : options.labels;
  const Weights weight(options.weights, truth.size() / labels, kWhere);
  const Rows rows{probabilities, truth, labels, weight, options.threshold};
  const auto why = nothing(rows);
  MultilabelResult result;
  if (why.empty())
    result.counts = count_labels(rows);
  else
    result.counts.resize(labels);
  const CountedClasses all{names, result.counts, weight.given()};
  result.labels = by_class(all, options.confidence);
  add_decisions(rows, all, options.confidence, result);
  std::vector<ThresholdCounts> by_label(labels);
  if (why.empty())
    for (std::size_t label = 0; label < labels; ++label) by_label[label] = scored(rows, label);
  add_area("roc_auc", area_under_roc, rows, by_label, result.metrics);
  add_area("average_precision", average_precision, rows, by_label, result.metrics);
  result.metrics.push_back(
      label_ranking_average_precision(probabilities, truth, labels, options.weights));
  result.metrics.push_back(coverage_error(probabilities, truth, labels, options.weights));
  result.metrics.push_back(label_ranking_loss(probabilities, truth, labels, options.weights));
  if (!why.empty())
    for (auto& metric : result.metrics) metric = undefined(metric.name, why);
  return result;
}

}  // namespace glia::metrics
