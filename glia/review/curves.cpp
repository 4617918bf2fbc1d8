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

constexpr std::size_t kMostPoints = 300;      // of a line
constexpr std::size_t kMostScattered = 2000;  // of a cloud
constexpr std::size_t kMostClasses = 40;      // of a matrix that can be read

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

// Some places of `count`, at equal distances.
std::vector<std::size_t> spread(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < std::min(count, most); ++i)
    places.push_back(i * count / std::min(count, most));
  return places;
}

Plot errors_plot(const std::vector<double>& errors, const std::string& unit) {
  constexpr std::size_t kBins = 40;
  auto sorted = errors;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  const double low = at(0.005), high = at(0.995), width = (high - low) / kBins;
  Series line{.name = "share of the rows"};
  std::vector<double> counts(kBins);
  for (const double error : errors)
    if (error >= low && error <= high && width > 0)
      ++counts[std::min(kBins - 1, static_cast<std::size_t>((error - low) / width))];
  for (std::size_t bin = 0; bin < kBins && width > 0; ++bin) {
    line.x.push_back(low + (static_cast<double>(bin) + 0.5) * width);
    line.y.push_back(counts[bin] / static_cast<double>(errors.size()));
  }
  return {.title = fmt::format("Errors (the middle 99 %): mean {}, median {}",
                               report::compact_number([&] {
                                 double s = 0;
                                 for (double e : errors) s += e;
                                 return s / static_cast<double>(errors.size());
                               }()),
                               report::compact_number(at(0.5))),
          .x_label = "predicted less true" + unit,
          .series = {line},
          .mark = 0,
          .mark_label = "no error"};
}

// The first number of each window against what came: the end of the series.
Plot course_of(const Answers& a) {
  Plot plot{.title = "The first step of each window", .x_label = "window"};
  Series truth{.name = "true", .color = 7}, predicted{.name = "predicted", .color = 0};
  for (std::size_t i = a.count - std::min(a.count, kMostPoints); i < a.count; ++i) {
    for (auto* line : {&truth, &predicted}) line->x.push_back(static_cast<double>(i + 1));
    truth.y.push_back(a.values[i * a.width]), predicted.y.push_back(a.predicted[i * a.width]);
  }
  plot.series = {predicted, truth};
  return plot;
}

std::vector<report::Block> of_numbers(const Answers& a) {
  if (a.predicted.empty()) return {};
  Plot cloud{.title = "Predicted against true",
             .x_label = "true " + shown(a.target.column),
             .y_label = "predicted",
             .by_x = false,
             .square = true};
  Plot residuals{.title = "Errors by prediction",
                 .x_label = "predicted " + shown(a.target.column),
                 .y_label = "predicted less true",
                 .by_x = false,
                 .square = true};
  Series points{.name = "rows", .draw = Draw::points}, errors{.name = "rows", .draw = Draw::points};
  double low = a.values.front(), high = low;
  for (const auto i : spread(a.predicted.size(), kMostScattered)) {
    points.x.push_back(a.values[i]), points.y.push_back(a.predicted[i]);
    errors.x.push_back(a.predicted[i]), errors.y.push_back(a.predicted[i] - a.values[i]);
    points.notes.push_back(fmt::format("error {:.5g}", a.predicted[i] - a.values[i]));
    low = std::min({low, a.values[i], a.predicted[i]}),
    high = std::max({high, a.values[i], a.predicted[i]});
  }
  if (a.predicted.size() > kMostScattered)
    points.name = fmt::format("{} of {} rows", with_commas(kMostScattered),
                              with_commas(std::ssize(a.predicted)));
  errors.name = points.name;
  cloud.series = {
      points,
      {.name = "right", .x = {low, high}, .y = {low, high}, .draw = Draw::dashed, .color = 7}};
  const auto [least, most] = std::minmax_element(errors.x.begin(), errors.x.end());
  residuals.series = {
      errors,
      {.name = "no error", .x = {*least, *most}, .y = {0, 0}, .draw = Draw::dashed, .color = 7}};
  std::vector<double> all;
  for (std::size_t i = 0; i < a.predicted.size(); ++i) all.push_back(a.predicted[i] - a.values[i]);
  report::Group group;
  group.blocks = {cloud, residuals, errors_plot(all, "")};
  std::vector<report::Block> blocks{std::move(group)};
  if (a.in_order) blocks.emplace_back(course_of(a));
  if (a.width <= 1) return blocks;
  // Several numbers of a row: steps of a forecast, or targets side by side.
  Plot steps{.title = "Error of each of a row's numbers, in their order", .x_label = "number"};
  Series rmse{.name = "RMSE"}, mae{.name = "mean absolute error"};
  for (std::size_t c = 0; c < a.width; ++c) {
    double squares = 0, sum = 0;
    for (std::size_t i = 0; i < a.count; ++i) {
      const double error = a.predicted[i * a.width + c] - a.values[i * a.width + c];
      squares += error * error, sum += std::abs(error);
    }
    rmse.y.push_back(std::sqrt(squares / static_cast<double>(a.count)));
    mae.y.push_back(sum / static_cast<double>(a.count));
  }
  steps.series = {rmse, mae};
  blocks.emplace_back(std::move(steps));
  return blocks;
}

// A line of at most kMostPoints values: of more, some at equal distances, and the last.
Series thinned(Series line) {
  if (line.y.size() <= kMostPoints) return line;
  Series some{.name = line.name, .color = line.color};
  auto places = spread(line.y.size(), kMostPoints);
  places.back() = line.y.size() - 1;
  for (const auto i : places) some.x.push_back(line.x[i]), some.y.push_back(line.y[i]);
  return some;
}

}  // namespace

std::vector<Plot> learning_curves(const std::vector<const StoredRun*>& runs) {
  const bool one = runs.size() == 1;
  std::vector<Plot> plots;
  const auto names = value_names(runs);
  for (const auto& name : names) {
    // Of one run, training and validation lie in one plot.
    const bool pair = one && std::find(names.begin(), names.end(), "val_" + name) != names.end();
    if (pair) continue;
    const auto plain = name.starts_with("val_") ? name.substr(4) : name;
    Plot plot{.title = one ? plain : name, .x_label = "epoch", .linked = !one};
    for (const auto* run : runs) {
      for (const auto& value : one&& plain != name ? std::vector{plain, name} : std::vector{name}) {
        Series line{.name = one ? value : run->label};
        for (const auto& epoch : run->epochs)
          if (const double* at = epoch.find(value)) {
            line.x.push_back(static_cast<double>(epoch.epoch));
            line.y.push_back(*at);
          }
        if (!line.y.empty()) plot.series.push_back(thinned(std::move(line)));
      }
    }
    if (one && runs.front()->best_epoch > 0 && name != "learning_rate") {
      plot.mark = static_cast<double>(runs.front()->best_epoch);
      plot.mark_label = fmt::format("best: epoch {}", runs.front()->best_epoch);
    }
    if (!plot.series.empty()) plots.push_back(std::move(plot));
  }
  return plots;
}

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
  return of_numbers(a);
}

}  // namespace glia::review
