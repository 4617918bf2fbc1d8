#include "glia/review/curves.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/auc.h"
#include "glia/metrics/calibration.h"
#include "glia/metrics/curves.h"
#include "glia/metrics/delong.h"
#include "glia/metrics/multilabel.h"
#include "glia/metrics/probability.h"

namespace glia::review {
namespace {

using report::Draw;
using report::Plot;
using report::Series;

constexpr std::size_t kMostClasses = 40;  // of a matrix that can be read

// Points that are far enough from the one before, so that the line keeps its form.
template <class Points, class X, class Y>
std::vector<std::size_t> kept(const Points& points, X&& x, Y&& y) {
  std::vector<std::size_t> places;
  double gone = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i > 0)
      gone += std::abs(x(points[i]) - x(points[i - 1])) + std::abs(y(points[i]) - y(points[i - 1]));
    const bool end = i == 0 || i + 1 == points.size();
    if (!end && points.size() > kMostPoints && gone < 2.0 / kMostPoints) continue;
    places.push_back(i);
    gone = 0;
  }
  return places;
}

std::string threshold_note(double threshold) {
  return std::isfinite(threshold) ? fmt::format("threshold {:.4g}", threshold)
                                  : "nothing is positive";
}

std::vector<std::int64_t> is_class(const Answers& a, std::int64_t c) {
  std::vector<std::int64_t> positive;
  for (const auto truth : a.truth) positive.push_back(truth == c);
  return positive;
}

std::vector<double> scores_of(const Answers& a, std::int64_t c) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < a.count; ++i) scores.push_back(a.probability(i, c));
  return scores;
}

Series diagonal(std::string name) {
  return {.name = std::move(name), .x = {0, 1}, .y = {0, 1}, .draw = Draw::dashed, .color = 7};
}

// One line for each class against the rest, of two classes for the positive one.
void add_curves(const Answers& a, const std::vector<std::int64_t>& classes, Plot& roc, Plot& pr) {
  for (const auto c : classes) {
    const auto positive = is_class(a, c);
    const auto scores = scores_of(a, c);
    const auto curve = metrics::roc_curve(scores, positive);
    const auto area = metrics::roc_auc_with_interval(scores, positive);
    Series line{.name = fmt::format("{}: area {}", a.label(c), area.text(3))};
    for (const auto i : kept(
             curve.points, [](const auto& p) { return p.false_positive_rate; },
             [](const auto& p) { return p.true_positive_rate; })) {
      const auto& point = curve.points[i];
      line.x.push_back(point.false_positive_rate), line.y.push_back(point.true_positive_rate);
      line.notes.push_back(threshold_note(point.threshold));
    }
    if (!line.y.empty()) roc.series.push_back(std::move(line));
    const auto precision = metrics::precision_recall_curve(scores, positive, {}, true);
    const auto average = metrics::average_precision(scores, positive);
    Series other{.name = fmt::format("{}: average precision {}", a.label(c), average.text(3))};
    for (const auto i : kept(
             precision.points, [](const auto& p) { return p.recall; },
             [](const auto& p) { return p.precision; })) {
      const auto& point = precision.points[i];
      other.x.push_back(point.recall), other.y.push_back(point.precision);
      other.notes.push_back(threshold_note(point.threshold));
    }
    if (!other.y.empty()) pr.series.push_back(std::move(other));
  }
  roc.series.push_back(diagonal("chance"));
}

Plot calibration_plot(const Answers& a) {
  metrics::CalibrationCurve curve;
  metrics::Metric error;
  if (a.kind == Answers::Kind::binary) {
    const auto scores = scores_of(a, 1);
    curve = metrics::calibration_curve(scores, a.truth);
    error = metrics::expected_calibration_error(scores, a.truth);
  } else {
    curve = metrics::reliability(a.predicted, a.truth);
    error = metrics::expected_calibration_error(a.predicted, a.truth);
  }
  Plot plot{.title = fmt::format("Calibration (expected error {}, 15 bins)", error.text()),
            .x_label = a.kind == Answers::Kind::binary
                           ? fmt::format("predicted probability of {}", a.label(1))
                           : "probability of the class that was decided",
            .y_label = a.kind == Answers::Kind::binary ? "share that is so" : "share that is right",
            .by_x = false,
            .square = true};
  Series line{.name = "this model"}, low{.name = "95 % interval", .draw = Draw::dashed, .color = 0},
      high{.name = "upper end", .draw = Draw::dashed, .color = 0};
  for (const auto& bin : curve.bins) {
    line.x.push_back(bin.mean_probability), line.y.push_back(bin.share);
    line.notes.push_back(
        fmt::format("{:.0f} rows between {:.2f} and {:.2f}", bin.weight, bin.low, bin.high));
    if (!bin.interval) continue;
    low.x.push_back(bin.mean_probability), low.y.push_back(bin.interval->low);
    high.x.push_back(bin.mean_probability), high.y.push_back(bin.interval->high);
  }
  plot.series = {line, diagonal("perfect"), low, high};
  return plot;
}

// Shares of rows by score, of each class for itself.
Plot scores_plot(const Answers& a) {
  constexpr std::size_t kBins = 20;
  Plot plot{.title = "Scores by class",
            .x_label = fmt::format("predicted probability of {}", a.label(1)),
            .y_label = "share of the class"};
  for (const std::int64_t c : {1, 0}) {
    std::vector<double> counts(kBins);
    double all = 0;
    for (std::size_t i = 0; i < a.count; ++i)
      if (a.truth[i] == c) {
        const auto bin = static_cast<std::size_t>(std::clamp(a.score(i), 0.0, 1.0) * kBins);
        ++counts[std::min(bin, kBins - 1)], ++all;
      }
    Series line{.name = a.label(c)};
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      line.x.push_back((static_cast<double>(bin) + 0.5) / kBins);
      line.y.push_back(all > 0 ? counts[bin] / all : 0);
    }
    plot.series.push_back(std::move(line));
  }
  return plot;
}

Plot threshold_plot(const Answers& a) {
  const auto curve = metrics::threshold_curve(scores_of(a, 1), a.truth);
  Plot plot{.title = "Choice of a threshold",
            .x_label = "threshold",
            .mark = a.threshold,
            .mark_label = fmt::format("used: {:.3g}", a.threshold)};
  Series precision{.name = "precision"}, recall{.name = "recall"}, f1{.name = "f1"},
      accuracy{.name = "accuracy"};
  const auto value = [](const std::optional<double>& v) { return v.value_or(std::nan("")); };
  const auto points = kept(
      curve.points, [](const auto& p) { return p.threshold; },
      [](const auto& p) { return p.recall.value_or(0); });
  for (auto i = points.rbegin(); i != points.rend(); ++i) {
    const auto& point = curve.points[*i];
    if (!std::isfinite(point.threshold)) continue;
    for (auto* line : {&precision, &recall, &f1, &accuracy}) line->x.push_back(point.threshold);
    precision.y.push_back(value(point.precision)), recall.y.push_back(value(point.recall));
    f1.y.push_back(value(point.f1)), accuracy.y.push_back(point.accuracy);
  }
  plot.series = {precision, recall, f1, accuracy};
  return plot;
}

// The pairs of classes that are confused most.
report::Table confused_pairs(const Answers& a) {
  std::vector<std::pair<std::int64_t, std::pair<std::int64_t, std::int64_t>>> pairs;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
  for (std::size_t i = 0; i < a.count; ++i)
    if (a.wrong(i)) ++counts[{a.truth[i], a.said(i)}];
  for (const auto& [pair, count] : counts) pairs.push_back({-count, pair});
  std::sort(pairs.begin(), pairs.end());
  pairs.resize(std::min<std::size_t>(pairs.size(), 20));
  report::Table table{.title = "The classes that are confused most",
                      .columns = {"true", "predicted", "times"}};
  for (const auto& [count, pair] : pairs)
    table.rows.push_back(
        {{shown(a.label(pair.first))}, {shown(a.label(pair.second))}, {with_commas(-count)}});
  return table;
}

report::Block confusion_of(const Answers& a) {
  const auto k = static_cast<std::size_t>(std::max<std::int64_t>(2, a.target.classes()));
  if (k > kMostClasses) return confused_pairs(a);
  report::Confusion confusion{
      "Confusion matrix: rows are true classes, columns predicted ones", {}, {}};
  confusion.counts.resize(k * k);
  for (std::size_t c = 0; c < k; ++c)
    confusion.labels.push_back(a.label(static_cast<std::int64_t>(c)));
  for (std::size_t i = 0; i < a.count; ++i)
    ++confusion
          .counts[static_cast<std::size_t>(a.truth[i]) * k + static_cast<std::size_t>(a.said(i))];
  return confusion;
}

std::vector<report::Block> of_classes(const Answers& a) {
  std::vector<report::Block> blocks{confusion_of(a)};
  Plot roc{.title = "ROC curve",
           .x_label = "false positive rate",
           .y_label = "true positive rate",
           .by_x = false,
           .square = true};
  Plot pr{.title = "Precision and recall",
          .x_label = "recall",
          .y_label = "precision",
          .by_x = false,
          .square = true};
  constexpr std::int64_t kMostLines = 10;
  std::vector<std::int64_t> classes;
  if (a.kind == Answers::Kind::binary)
    classes = {1};
  else
    for (std::int64_t c = 0; c < std::min(kMostLines, a.target.classes()); ++c)
      classes.push_back(c);
  add_curves(a, classes, roc, pr);
  if (a.target.classes() > kMostLines)
    roc.title += ", the first 10 classes against the rest";
  else if (a.kind == Answers::Kind::classes)
    roc.title += "s of each class against the rest";
  report::Group group;
  group.blocks = {roc, pr, calibration_plot(a)};
  if (a.kind == Answers::Kind::binary)
    group.blocks.insert(group.blocks.end(), {scores_plot(a), threshold_plot(a)});
  blocks.emplace_back(std::move(group));
  return blocks;
}

std::vector<report::Block> of_labels(const Answers& a) {
  metrics::MultilabelOptions options;
  options.labels = a.target.labels;
  if (options.labels.size() != a.width) options.labels.clear();
  const auto result = metrics::evaluate_multilabel(a.predicted, a.truth, a.width, options);
  report::Table all{.title = "Each row may have several labels", .columns = {"metric", "value"}};
  for (const auto& m : result.metrics)
    all.rows.push_back({{m.name}, {m.value ? fmt::format("{:.4f}", *m.value) : m.note}});
  report::Table labels{.title = "By label",
                       .columns = {"label", "precision", "recall", "f1", "rows"}};
  const auto number = [](const metrics::Metric& m) {
    return m.value ? fmt::format("{:.4f}", *m.value) : "-";
  };
  for (const auto& c : result.labels)
    labels.rows.push_back({{c.label},
                           {number(c.precision)},
                           {number(c.recall)},
                           {number(c.f1)},
                           {fmt::format("{:.0f}", c.support)}});
  report::Group group;
  group.blocks = {all, labels};
  return {std::move(group)};
}

}  // namespace

std::vector<report::Plot> plots_of(const Answers& answers) {
  std::vector<report::Plot> plots;
  const std::function<void(const std::vector<report::Block>&)> collect =
      [&](const std::vector<report::Block>& blocks) {
        for (const auto& block : blocks)
          if (const auto* plot = std::get_if<report::Plot>(&block))
            plots.push_back(*plot);
          else if (const auto* group = std::get_if<report::Group>(&block))
            collect(group->blocks);
      };
  collect(pictures_of(answers));
  return plots;
}

std::vector<report::Block> pictures_of(const Answers& a) {
  if (a.count == 0) return {};
  switch (a.kind) {
    case Answers::Kind::binary:
    case Answers::Kind::classes:
      return of_classes(a);
    case Answers::Kind::labels:
      return of_labels(a);
    case Answers::Kind::numbers:
      break;
  }
  return pictures_of_numbers(a);
}

}  // namespace glia::review
