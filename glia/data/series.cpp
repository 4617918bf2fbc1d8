#include "glia/data/series.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/split.h"

namespace glia::data {
namespace {

// Row numbers of a table, series by series, each in the table's order.
struct Grouped {
  std::vector<std::string> names;
  std::vector<std::int64_t> starts, rows;
};

Grouped grouped(const Table& table, const std::string& group) {
  Grouped g;
  if (group.empty()) return {{""}, {0, table.rows()}, all_rows(table.rows())};
  const std::int64_t column = table.column(group);
  std::map<std::string_view, std::vector<std::int64_t>> of;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    if (table.missing(row, column))
      fail("E-DATA-159", "{}: column '{}', which names the series, has no value", table.where(row),
           shown(group));
    of[table.cell(row, column)].push_back(row);
  }
  for (const auto& [name, rows] : of) {
    g.names.emplace_back(name);
    g.starts.push_back(std::ssize(g.rows));
    g.rows.insert(g.rows.end(), rows.begin(), rows.end());
  }
  g.starts.push_back(std::ssize(g.rows));
  return g;
}

void read_times(const Table& table, const SeriesOptions& options, const Grouped& g, Series& s) {
  if (options.time.empty()) {
    for (std::size_t i = 0; i + 1 < g.starts.size(); ++i)
      for (std::int64_t row = g.starts[i]; row < g.starts[i + 1]; ++row)
        s.times.push_back(static_cast<double>(row - g.starts[i]));
    return;
  }
  const std::int64_t column = table.column(options.time);
  s.time = table.numeric(column) ? TimeKind::numbers : TimeKind::dates;
  const auto times = times_of(table, column, false);
  for (const auto row : g.rows) s.times.push_back(times[static_cast<std::size_t>(row)]);
  for (std::size_t i = 0; i + 1 < g.starts.size(); ++i)
    for (auto at = static_cast<std::size_t>(g.starts[i]) + 1;
         at < static_cast<std::size_t>(g.starts[i + 1]); ++at) {
      s.repeated += s.times[at] == s.times[at - 1];
      if (s.times[at] < s.times[at - 1])
        fail("E-DATA-158",
             "{}: column '{}' goes back in time, from '{}' to '{}'{}; sort the rows by it{}",
             table.where(g.rows[at]), shown(options.time),
             shown(table.cell(g.rows[at - 1], column)), shown(table.cell(g.rows[at], column)),
             options.group.empty() ? "" : ", in series '" + shown(g.names[i]) + "'",
             options.group.empty() ? ", or name the column that tells several series apart (group)"
                                   : "");
    }
}

// A column's numbers in the order of the series; missing ones filled or refused.
std::vector<double> read_values(const Table& table, const std::string& name,
                                const SeriesOptions& options, const Grouped& g, Series& s) {
  auto values = table.numbers(table.column(name), g.rows);
  std::int64_t missing = 0;
  std::size_t first = 0;
  for (std::size_t i = 0; i + 1 < g.starts.size(); ++i)
    for (auto at = static_cast<std::size_t>(g.starts[i]);
         at < static_cast<std::size_t>(g.starts[i + 1]); ++at) {
      if (!std::isnan(values[at])) continue;
      const bool begins = at == static_cast<std::size_t>(g.starts[i]) || std::isnan(values[at - 1]);
      if (options.fill_previous && !begins)
        values[at] = values[at - 1], ++s.filled;
      else if (missing++ == 0)
        first = at;
    }
  if (missing > 0)
    fail("E-DATA-159", "{}: column '{}' has {} missing values, the first in this line; {}",
         table.where(g.rows[first]), shown(name), with_commas(missing),
         options.fill_previous ? "no value stands before it, so take these rows away"
                               : "say fill: previous, or fill them in");
  return values;
}

void check_logarithms(const Table& table, const SeriesOptions& options, const Grouped& g,
                      const Series& s) {
  for (std::size_t t = 0; options.log && t < options.targets.size(); ++t)
    for (std::size_t at = 0; at < s.values[t].size(); ++at)
      if (!(s.values[t][at] > 0))
        fail("E-DATA-160",
             "{}: column '{}' is {}, which has no logarithm; expected values above 0: leave out "
             "log: true",
             table.where(g.rows[at]), shown(options.targets[t]), s.values[t][at]);
}

}  // namespace

std::string_view name_of(SeriesScale scale) {
  return scale == SeriesScale::standardize ? "standardize"
         : scale == SeriesScale::min_max   ? "min_max"
                                           : "none";
}

std::int64_t SeriesOptions::history() const {
  const std::int64_t before = std::accumulate(differences.begin(), differences.end(), 0LL);
  std::int64_t most = 0;
  for (const auto lag : lags) most = std::max(most, lag);
  for (const auto length : rolling) most = std::max(most, length - 1);
  return before + most;
}

void check(const SeriesOptions& o) {
  constexpr std::int64_t kMost = 1'000'000;
  const auto expect = [](bool right, std::string_view name, auto value, std::string_view expected) {
    if (!right) fail("E-DATA-155", "series: {} is {}; expected {}", name, value, expected);
  };
  const auto count = [&](std::string_view name, std::int64_t value) {
    expect(value >= 1 && value <= kMost, name, value, "1 to 1000000 rows");
  };
  count("window", o.window), count("horizon", o.horizon), count("stride", o.stride);
  for (const auto d : o.differences) count("a lag of differences", d);
  for (const auto lag : o.lags) count("a lag", lag);
  for (const auto length : o.rolling) count("a length of rolling", length);
  if (o.targets.empty()) fail("E-DATA-155", "series: there is no target; name what is forecast");
  std::vector<std::string> names = o.targets;
  names.insert(names.end(), o.columns.begin(), o.columns.end());
  for (std::size_t i = 0; i < names.size(); ++i)
    expect(std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) ==
                   names.begin() + static_cast<std::ptrdiff_t>(i) &&
               names[i] != o.time && names[i] != o.group,
           "column", "'" + shown(names[i]) + "'", "each column in one place");
  for (const auto& season : o.seasons) {
    const auto period = parse_number(season);
    const bool calendar = season == "year" || season == "week" || season == "day";
    expect(calendar ? !o.time.empty() : period && *period > 1, "a season",
           "'" + shown(season) + "'",
           "a period of more than 1 step, or year, week or day of a time column of dates");
  }
}

Series Series::read(const Table& table, const SeriesOptions& options) {
  check(options);
  if (table.rows() == 0) fail("E-DATA-34", "{}: there are no rows", table.source());
  const Grouped g = grouped(table, options.group);
  Series s;
  s.source = table.source();
  s.names = g.names, s.starts = g.starts;
  read_times(table, options, g, s);
  for (const auto* list : {&options.targets, &options.columns})
    for (const auto& name : *list) s.values.push_back(read_values(table, name, options, g, s));
  check_logarithms(table, options, g, s);
  if (s.time != TimeKind::dates)
    for (const auto& season : options.seasons)
      if (!parse_number(season))
        fail("E-DATA-155", "series: a season is '{}', and column '{}' holds numbers, not dates",
             shown(season), shown(options.time));
  return s;
}

SeriesSplit split(const Series& series, double validation, double test) {
  const double kept = 1 - validation - test;
  if (!(validation >= 0 && test >= 0 && kept > 1e-9))
    fail("E-DATA-50",
         "series: validation {} and test {} are no shares that leave rows for training", validation,
         test);
  SeriesSplit parts;
  const auto cut = [&](double share) {
    std::vector<std::int64_t> ends;
    auto sorted = series.times;
    const auto rank =
        static_cast<std::size_t>(std::llround(share * static_cast<double>(series.rows())));
    const bool all = rank >= sorted.size();
    if (!all)
      std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(rank),
                       sorted.end());
    for (std::int64_t i = 0; i < series.size(); ++i) {
      const auto from = series.times.begin() + series.starts[static_cast<std::size_t>(i)];
      const auto to = series.times.begin() + series.starts[static_cast<std::size_t>(i) + 1];
      const auto end = all ? to
                       : series.time == TimeKind::rows
                           ? from + std::llround(share * static_cast<double>(to - from))
                           : std::lower_bound(from, to, sorted[rank]);
      ends.push_back(end - series.times.begin());
    }
    return ends;
  };
  parts.train_end = cut(kept);
  parts.validation_end = test > 0 ? cut(1 - test) : cut(1);
  return parts;
}

}  // namespace glia::data
