// Predicted numbers against true ones.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/review/curves.h"

namespace glia::review {
namespace {

using report::Draw;
using report::Plot;
using report::Series;

constexpr std::size_t kMostScattered = 2000;  // points of a cloud

Plot errors_plot(const std::vector<double>& errors) {
  constexpr std::size_t kBins = 40;
  auto sorted = errors;
  std::sort(sorted.begin(), sorted.end());
  const auto at = [&](double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  };
  const double low = at(0.005), high = at(0.995), width = (high - low) / kBins;
  const double mean =
      std::accumulate(errors.begin(), errors.end(), 0.0) / static_cast<double>(errors.size());
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
                               report::compact_number(mean), report::compact_number(at(0.5))),
          .x_label = "predicted less true",
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

}  // namespace

std::vector<report::Block> pictures_of_numbers(const Answers& a) {
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
  group.blocks = {cloud, residuals, errors_plot(all)};
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

}  // namespace glia::review
