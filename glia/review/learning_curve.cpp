#include "glia/review/learning_curve.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/distributions.h"

namespace glia::review {
namespace {

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

LearningCurve learning_curve(std::string metric, bool larger_is_better,
                             std::vector<SizePoint> points) {
  std::erase_if(points, [](const SizePoint& p) { return p.values.empty(); });
  std::sort(points.begin(), points.end(),
            [](const auto& a, const auto& b) { return a.rows < b.rows; });
  for (auto& p : points) p.mean = mean_of(p.values), p.deviation = deviation_of(p.values);
  return {std::move(metric), larger_is_better, std::move(points)};
}

std::optional<Gain> last_gain(const LearningCurve& curve) {
  if (curve.points.size() < 2) return std::nullopt;
  const auto& before = *(curve.points.end() - 2);
  const auto& last = curve.points.back();
  Gain gain{(last.mean - before.mean) * (curve.larger_is_better ? 1 : -1), {}};
  if (before.values.size() < 2 || last.values.size() < 2) return gain;
  // The variance of each mean; Welch's degrees of freedom.
  const auto variance = [](const SizePoint& p) {
    return p.deviation * p.deviation / static_cast<double>(p.values.size());
  };
  const auto weight = [&](const SizePoint& p) {
    return variance(p) * variance(p) / static_cast<double>(p.values.size() - 1);
  };
  const double a = variance(before), b = variance(last);
  if (a + b == 0) return gain;  // of equal values nobody can tell how much is chance
  const double half =
      metrics::student_quantile(0.95, (a + b) * (a + b) / (weight(before) + weight(last))) *
      std::sqrt(a + b);
  gain.interval = {gain.value - half, gain.value + half, 0.95};
  return gain;
}

std::string verdict(const LearningCurve& curve) {
  const auto gain = last_gain(curve);
  if (!gain) return "One size tells nothing of others; give two or more, or more time.";
  const auto& before = *(curve.points.end() - 2);
  const auto& last = curve.points.back();
  const std::string step =
      fmt::format("From {} to {} training rows {} went from {} to {}", with_commas(before.rows),
                  with_commas(last.rows), curve.metric, report::compact_number(before.mean),
                  report::compact_number(last.mean));
  if (!gain->interval && last.values.size() > 1 && before.values.size() > 1)
    return step + "; all repeats gave the same, so how much of it is chance cannot be told.";
  if (!gain->interval) return step + "; how much of it is chance takes --repeats 2 or more.";
  const std::string facts = fmt::format(
      "{}, a gain of {} (95 % interval {} to {})", step, report::compact_number(gain->value),
      report::compact_number(gain->interval->low), report::compact_number(gain->interval->high));
  if (gain->interval->low > 0) return facts + ": it still rises, so more data would help.";
  if (gain->interval->high < 0)
    return facts +
           ": it became worse with more rows; look at the settings, which may be made for "
           "few rows.";
  return facts +
         ": no gain can be told from chance, and a gain of up to the interval's end cannot be "
         "ruled "
         "out; more --repeats make it narrower.";
}

report::Plot plot_of(const LearningCurve& curve) {
  report::Plot plot{.title = curve.metric + " over the number of training rows (power of ten)",
                    .x_label = "training rows, power of ten"};
  report::Series mean{.name = curve.metric}, low{.name = "least", .draw = report::Draw::dashed},
      high{.name = "most", .draw = report::Draw::dashed};
  bool spread = false;
  for (const auto& p : curve.points) {
    const auto [least, most] = std::minmax_element(p.values.begin(), p.values.end());
    for (auto* line : {&mean, &low, &high})
      line->x.push_back(std::log10(static_cast<double>(p.rows)));
    mean.y.push_back(p.mean), low.y.push_back(*least), high.y.push_back(*most);
    spread = spread || p.values.size() > 1;
  }
  plot.series.push_back(std::move(mean));
  if (spread) plot.series.push_back(std::move(low)), plot.series.push_back(std::move(high));
  return plot;
}

report::Table table_of(const LearningCurve& curve) {
  report::Table table{
      .columns = {"training rows", "times", curve.metric, "deviation", "least", "most"}};
  for (const auto& p : curve.points) {
    const auto [least, most] = std::minmax_element(p.values.begin(), p.values.end());
    table.rows.push_back({{with_commas(p.rows)},
                          {std::to_string(p.values.size())},
                          {report::compact_number(p.mean)},
                          {p.values.size() > 1 ? report::compact_number(p.deviation) : ""},
                          {report::compact_number(*least)},
                          {report::compact_number(*most)}});
  }
  return table;
}

}  // namespace glia::review
