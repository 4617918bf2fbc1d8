// First experiments for tables that are texts with labels, or series.
#include <algorithm>
#include <cmath>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/cli/first_parts.h"
#include "glia/data/dates.h"

namespace glia::cli {
namespace {

// The seconds of each row where a column is dates that only go on.
std::optional<std::vector<std::int64_t>> dates_of(const data::Table& table, std::int64_t column) {
  std::vector<std::int64_t> times;
  if (table.numeric(column)) return std::nullopt;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const auto time = data::parse_date(table.cell(row, column));
    if (!time || (!times.empty() && *time <= times.back())) return std::nullopt;
    times.push_back(*time);
  }
  return times;
}

// What usually lies between two rows, in days.
double spacing(const std::vector<std::int64_t>& times) {
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  std::nth_element(steps.begin(), steps.begin() + std::ssize(steps) / 2, steps.end());
  return static_cast<double>(steps[steps.size() / 2]) / 86400;
}

std::string step_text(double days) {
  if (days > 364 && days < 367) return "a year";
  if (days >= 28 && days <= 31) return "a month";
  if (days == 1) return "a day";
  return days >= 2 ? fmt::format("{:.0f} days", days) : human_seconds(days * 86400);
}

// A season's rows and name, by the rows' distance.
struct Season {
  std::int64_t window, rows;  // rows: of a season that is differenced away; 0: none
  std::string seasons;
};
Season season_of(double days) {
  if (days > 300) return {4, 0, ""};
  if (days > 80) return {8, 4, "4"};
  if (days > 27) return {12, 12, "12"};
  if (days > 6) return {12, 0, "year"};
  if (days > 0.9) return {14, 0, "year, week"};
  return {24, 0, "day, week"};
}

// Two values are classes, not an amount that goes on.
bool is_amount(const data::Table& table, std::int64_t column) {
  if (!table.numeric(column)) return false;
  std::set<double> values;
  for (const double value : table.numbers(column))
    if (!std::isnan(value) && values.insert(value).second && values.size() > 2) return true;
  return false;
}

// The column of numbers that is forecast: the one that was named, or the only one.
std::optional<std::int64_t> series_target(const data::Table& table, const std::string& named) {
  if (!named.empty()) {
    const auto column = table.column(named);
    return is_amount(table, column) ? std::optional(column) : std::nullopt;
  }
  std::optional<std::int64_t> only;
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    if (!table.numeric(c)) continue;
    if (only) return std::nullopt;
    only = c;
  }
  return only;
}

std::string series_text(const FirstExperimentOptions& options, const data::Table& table,
                        std::int64_t time, std::int64_t target, double days) {
  const auto values = table.numbers(target);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const auto season = season_of(days);
  const bool differenced = season.rows > 0 && table.rows() >= 6 * season.rows;
  const auto& names = table.names();
  std::string text = heading(options, with_commas(table.rows()) + " rows") + "data:\n";
  text +=
      fmt::format("  train: {}\n", path_in(options, options.data)) + reading_lines(options, table);
  text += fmt::format(
      "  series:\n"
      "    target: {}\n"
      "    time: {}\n"
      "    window: {}  # rows that the network sees\n"
      "    horizon: 1  # rows that it forecasts\n",
      yaml_text(names[static_cast<std::size_t>(target)]),
      yaml_text(names[static_cast<std::size_t>(time)]), season.window);
  if (differenced && *low > 0 && *high > 3 * *low)
    text += "    log: true  # what grows by shares\n";
  if (differenced)
    text += fmt::format("    differences: [1, {}]  # the trend, and the season\n", season.rows);
  if (!season.seasons.empty()) text += fmt::format("    seasons: [{}]\n", season.seasons);
  text +=
      "  # By time: the last rows are the test.\n"
      "  split: {validation: 0.15, test: 0.15}\n";
  text += table.rows() < 1000
              ? "model:\n  layers:\n    - flatten: {}\n"
                "    - dense: {units: 16, activation: tanh, l2: 1e-3}\n"
                "    - dense: {units: 1, l2: 1e-3}\n"
              : "model:\n  layers:\n    - gru: {units: 16}\n    - dense: {units: 1}\n";
  const Length length = table.rows() < 1000 ? Length{16, 200, 30} : Length{64, 40, 8};
  return text + training(length, {"1", "linear", "mean_squared_error", "rmse, mae"}, "2e-3");
}

}  // namespace

std::optional<FirstExperiment> first_of_series(const FirstExperimentOptions& options,
                                               const data::Table& table) {
  constexpr std::int64_t kLeast = 30;
  const auto target = table.rows() >= kLeast ? series_target(table, options.target) : std::nullopt;
  if (!target) return std::nullopt;
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    const auto times = dates_of(table, c);
    if (!times) continue;
    FirstExperiment first;
    first.kind = "series";
    first.target.column = table.names()[static_cast<std::size_t>(*target)];
    first.target.task = data::Task::regression;
    first.schema = data::infer_schema(table);
    const double days = spacing(*times);
    first.notes.push_back(fmt::format(
        "'{}' only goes on, by {} as a rule: the rows are a series, and '{}' is forecast",
        shown(table.names()[static_cast<std::size_t>(c)]), step_text(days),
        shown(first.target.column)));
    std::vector<std::string> others;
    for (std::int64_t other = 0; other < table.columns(); ++other)
      if (other != *target && other != c && table.numeric(other))
        others.push_back(
            fmt::format("'{}'", shown(table.names()[static_cast<std::size_t>(other)])));
    if (!others.empty())
      first.notes.push_back(fmt::format("not looked at: {}; `columns` under series takes them",
                                        fmt::join(others, ", ")));
    first.yaml = series_text(options, table, c, *target, days);
    return first;
  }
  return std::nullopt;
}

std::optional<FirstExperiment> first_of_texts(const FirstExperimentOptions& options,
                                              const data::Table& table,
                                              const data::Description& described) {
  const data::ColumnSummary* prose = nullptr;
  for (const auto& column : described.columns) {
    if (!described.target || column.info.name == described.target->column) continue;
    if (prose || !data::is_prose(column)) return std::nullopt;  // other columns may tell as much
    prose = &column;
  }
  if (!prose || described.target->task == data::Task::regression) return std::nullopt;
  FirstExperiment first;
  first.kind = "text";
  first.target = *described.target;
  for (const auto& column : described.columns) first.schema.columns.push_back(column.info);
  const auto ending = ending_for(first.target.task, first.target.classes());
  first.yaml = heading(options, with_commas(table.rows()) + " texts") + "data:\n";
  first.yaml += fmt::format("  source: {}\n", path_in(options, options.data)) +
                reading_lines(options, table) + target_line(options, first.target);
  first.yaml += fmt::format(
      "  # What each text is made of: frequent words of the training texts, rare ones weigh more.\n"
      "  text: {{column: {}, encode: {{tfidf: {{max_ngram: 2}}}}}}\n"
      "  split: {{train: 0.7, validation: 0.15, test: 0.15, stratify: true, seed: 1}}\n"
      "model:\n"
      "  layers:\n"
      "    - dense: {{units: 32, activation: relu, kernel_initializer: he_normal}}\n"
      "    - dropout: {{rate: 0.5}}\n"
      "    - dense: {{units: {}, activation: {}}}\n",
      yaml_text(prose->info.name), ending.units, ending.activation);
  first.yaml += training(length_for(table.rows()), ending, "1e-3");
  if (described.duplicate_rows > 0)
    first.notes.push_back(
        fmt::format("{} rows repeat an earlier one: some stand in training and in test rows",
                    with_commas(described.duplicate_rows)));
  return first;
}

}  // namespace glia::cli
