// Figures of parts of the rows, by the values of their categorical columns.
#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/bootstrap.h"
#include "glia/metrics/interval.h"
#include "glia/review/rows.h"

namespace glia::review {
namespace {

using report::Cell;
using report::Paint;

constexpr std::size_t kFewest = 10;  // rows of a slice: fewer tell nothing
constexpr std::size_t kMostSlices = 200;

struct Figure {
  double value = 0;
  metrics::Interval interval;
};

double error_of(const Answers& a, std::size_t i) {
  double sum = 0;
  for (std::size_t c = 0; c < a.width; ++c)
    sum += std::abs(a.predicted[i * a.width + c] - a.values[i * a.width + c]);
  return sum / static_cast<double>(a.width);
}

// Accuracy with Wilson's interval; of numbers the mean absolute error with a normal one.
Figure figure_of(const Answers& a, const std::vector<std::size_t>& rows) {
  const auto n = static_cast<double>(rows.size());
  if (a.is_classified()) {
    const auto right = static_cast<double>(
        std::count_if(rows.begin(), rows.end(), [&](auto i) { return !a.wrong(i); }));
    return {right / n, metrics::wilson(right, n)};
  }
  double sum = 0, squares = 0;
  for (const auto i : rows) sum += error_of(a, i);
  const double mean = sum / n;
  for (const auto i : rows) squares += (error_of(a, i) - mean) * (error_of(a, i) - mean);
  const double half = metrics::normal_quantile(0.975) * std::sqrt(squares / (n - 1) / n);
  return {mean, {mean - half, mean + half, 0.95}};
}

}  // namespace

std::vector<report::Block> slices_of(const Answers& a, RawData& data) {
  if (!a.by_row || a.kind == Answers::Kind::labels || a.count < 2 * kFewest || !data.has_columns())
    return {};
  std::vector<std::size_t> every(a.count);
  std::iota(every.begin(), every.end(), std::size_t{0});
  const auto raw = data.of(a, every);
  if (raw.categories.empty()) return {};
  const auto overall = figure_of(a, every);
  const std::string metric = a.is_classified() ? "accuracy" : "mean absolute error";
  report::Table table{
      .columns = {"column", "value", {"rows"}, metric, "95 % interval", {"against all"}},
      .search = true};
  if (a.kind == Answers::Kind::binary)
    table.columns.emplace_back(fmt::format("share of {}", shown(a.label(1))));
  std::size_t small = 0;
  for (const auto& name : raw.categories) {
    const auto c = static_cast<std::size_t>(
        std::find(raw.columns.begin(), raw.columns.end(), name) - raw.columns.begin());
    std::map<std::string, std::vector<std::size_t>> values;
    for (const auto i : every) values[raw.cells[i][c]].push_back(i);
    for (const auto& [value, rows] : values) {
      if (rows.size() < kFewest || table.rows.size() >= kMostSlices) {
        ++small;
        continue;
      }
      const auto figure = figure_of(a, rows);
      const bool better = a.is_classified() ? figure.interval.low > overall.value
                                            : figure.interval.high < overall.value;
      const bool worse = a.is_classified() ? figure.interval.high < overall.value
                                           : figure.interval.low > overall.value;
      const int digits = a.is_classified() ? 4 : 5;
      const auto text = [&](double v) {
        return a.is_classified() ? fmt::format("{:.{}f}", v, digits)
                                 : fmt::format("{:.{}g}", v, digits);
      };
      table.rows.push_back(
          {{shown(name)},
           {value.empty() ? "(empty)" : shown(value)},
           {with_commas(std::ssize(rows))},
           {text(figure.value)},
           {fmt::format("{} to {}", text(figure.interval.low), text(figure.interval.high)),
            Paint::dim},
           {fmt::format("{:+.4g}", figure.value - overall.value), worse    ? Paint::bad
                                                                  : better ? Paint::good
                                                                           : Paint::plain}});
      if (a.kind == Answers::Kind::binary) {
        const auto positive =
            std::count_if(rows.begin(), rows.end(), [&](auto i) { return a.truth[i] == 1; });
        table.rows.back().emplace_back(
            report::percent(static_cast<double>(positive) / static_cast<double>(rows.size())));
      }
    }
  }
  if (table.rows.empty()) return {};
  std::string text = fmt::format(
      "All rows: {} {:.4g} ({:.4g} to {:.4g}), n = {}. Coloured is what lies apart from it with "
      "its whole 95 % interval; of {} slices about {:.0f} would by chance alone.",
      metric, overall.value, overall.interval.low, overall.interval.high,
      with_commas(static_cast<long long>(a.count)), table.rows.size(),
      std::ceil(0.05 * static_cast<double>(table.rows.size())));
  if (small > 0)
    text += fmt::format(" {} values with fewer than {} rows are left out.", small, kFewest);
  return {report::Paragraph{text}, std::move(table)};
}

}  // namespace glia::review
