#include "glia/data/target.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"
#include "glia/data/schema.h"
#include "glia/data/steps/sample.h"
#include "glia/data/storage.h"

namespace glia::data {
namespace {

constexpr std::size_t kMostNumberedClasses = 20;
constexpr std::size_t kMostLabels = 100'000;  // of a target in pieces: beyond it, numbers

void check_present(const Table& table, Rows rows, std::int64_t column) {
  std::int64_t missing = 0, first = -1;
  for (const std::int64_t row : rows)
    if (table.missing(row, column) && ++missing == 1) first = row;
  if (missing > 0)
    fail("E-DATA-23",
         "{}: target column '{}' has no value in {} of {} rows, the first here; remove these rows",
         table.where(first), shown(table.names()[static_cast<std::size_t>(column)]), missing,
         rows.size());
}

// The cells of a column in which no row is missing.
std::vector<std::string_view> present_texts(const Table& table, Rows rows, std::int64_t column) {
  std::vector<std::string_view> present;
  present.reserve(rows.size());
  for (const auto& text : texts_of(table, column, rows))
    text ? present.push_back(*text) : check_present(table, rows, column);
  return present;
}

// Whether the numbers of a column are what its texts would be read as.
bool is_plain(const Table& table, std::int64_t column, const std::string& strip) {
  return table.numeric(column) && strip.empty();
}

std::vector<double> present_numbers(const Table& table, Rows rows, std::int64_t column) {
  auto values = table.numbers(column, rows);
  if (std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); }))
    check_present(table, rows, column);
  return values;
}

Task infer_task(const std::vector<std::string>& labels) {
  if (labels.size() == 2) return Task::binary;
  std::size_t numbers = 0, whole = 0;
  for (const auto& label : labels) {
    const auto value = parse_number(label);
    numbers += value ? 1 : 0;
    whole += value && std::trunc(*value) == *value ? 1 : 0;
  }
  if (labels.size() <= kMostNumberedClasses)
    return numbers == labels.size() && whole < numbers ? Task::regression : Task::multiclass;
  // A text among many numbers is a mistake, which fit_values() names, and no class of its own.
  return is_mostly_numbers(static_cast<std::int64_t>(numbers), std::ssize(labels))
             ? Task::regression
             : Task::multiclass;
}

void put_positive_last(Target& t, const TargetOptions& options) {
  if (!options.positive) return;
  if (t.task != Task::binary)
    fail("E-DATA-21",
         "target '{}': a positive label ('{}') was declared for a {} task; expected binary",
         shown(t.column), shown(*options.positive), name_of(t.task));
  const auto wanted = data::strip(*options.positive, t.strip);
  const auto at = std::find(t.labels.begin(), t.labels.end(), wanted);
  if (at == t.labels.end())
    fail("E-DATA-21", "target '{}': the positive label '{}' does not occur{}", shown(t.column),
         shown(*options.positive), suggest(wanted, t.labels));
  if (at == t.labels.begin()) std::swap(t.labels[0], t.labels[1]);
}

void fit_labels(Target& t, std::vector<std::string> labels, std::size_t rows,
                const TargetOptions& options) {
  t.labels = std::move(labels);
  if (t.labels.size() < 2)
    fail("E-DATA-20", "target '{}': every row has the label '{}'; expected two labels or more",
         shown(t.column), shown(t.labels[0]));
  if (t.task == Task::binary && t.labels.size() > 2)
    fail("E-DATA-20",
         "target '{}': {} labels ('{}', '{}', '{}', ...) for a binary task; expected two: "
         "say `task: multiclass`, or strip what makes equal labels differ",
         shown(t.column), t.labels.size(), shown(t.labels[0]), shown(t.labels[1]),
         shown(t.labels[2]));
  if (!options.task && t.labels.size() > kMostNumberedClasses && t.labels.size() > rows / 2)
    fail("E-DATA-20",
         "target '{}': {} different labels in {} rows ('{}', '{}', ...), more than classes would "
         "have; "
         "name another column, or say `task: multiclass`",
         shown(t.column), t.labels.size(), rows, shown(t.labels[0]), shown(t.labels[1]));
  put_positive_last(t, options);
}

void expect_values(const Target& t, double least, double most, std::int64_t rows) {
  if (rows > 1 && least == most)
    fail("E-DATA-20", "target '{}': every row has the value {}; expected two values or more",
         shown(t.column), least);
}

void scale(Target& t, double mean, double variance, bool constant, const std::string& source) {
  t.mean = mean;
  t.std = constant ? 1.0 : std::sqrt(variance);
  if (!std::isfinite(t.mean) || !std::isfinite(t.std) || t.std == 0)
    fail("E-DATA-35",
         "{}: the values of target '{}' are too far apart or too near to be standardised; "
         "rescale the column, or say `standardize: false`",
         source, shown(t.column));
}

void fit_values(Target& t, const Table& table, Rows rows, const TargetOptions& options) {
  if (options.positive) put_positive_last(t, options);  // E-DATA-21
  const auto values = t.values(table, rows);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  expect_values(t, *low, *high, std::ssize(values));
  if (!options.standardize) return;
  const auto n = static_cast<double>(values.size());
  double sum = 0, squares = 0;
  for (const double v : values) sum += v / n;
  for (const double v : values) squares += (v - sum) * (v - sum) / n;
  scale(t, sum, squares, *low == *high, table.source());
}

}  // namespace

std::string_view name_of(Task task) {
  switch (task) {
    case Task::binary:
      return "binary";
    case Task::multiclass:
      return "multiclass";
    case Task::regression:
      return "regression";
  }
  return "?";
}

Task task_from(std::string_view name) {
  for (const Task task : {Task::binary, Task::multiclass, Task::regression})
    if (name_of(task) == name) return task;
  fail("E-DATA-13", "unknown task '{}'{}", shown(name),
       suggest(name, {"binary", "multiclass", "regression"}));
}

Target Target::fit(const Table& table, Rows rows, const TargetOptions& options) {
  table.check_rows(rows);
  const std::int64_t column = table.column(options.column);
  if (rows.empty())
    fail("E-DATA-34", "{}: no rows to fit target '{}' on", table.source(), shown(options.column));
  check_present(table, rows, column);
  Target t;
  t.column = options.column;
  t.strip = options.strip;
  if (options.task != Task::regression) {
    std::vector<std::string_view> texts;
    texts.reserve(rows.size());
    for (const std::int64_t row : rows)
      texts.push_back(data::strip(table.cell(row, column), t.strip));
    auto labels = in_order(texts);
    t.task = options.task ? *options.task : infer_task(labels);
    if (t.task != Task::regression) {
      fit_labels(t, std::move(labels), rows.size(), options);
      return t;
    }
  }
  t.task = Task::regression;
  fit_values(t, table, rows, options);
  return t;
}

void TargetFitter::add(const Table& piece, Rows rows) {
  piece.check_rows(rows);
  const std::int64_t column = piece.column(options_.column);
  source_ = piece.source();
  rows_ += std::ssize(rows);
  const bool of_numbers = options_.task == Task::regression;
  std::vector<double> values;
  if (of_numbers && is_plain(piece, column, options_.strip)) {
    values = present_numbers(piece, rows, column);
  } else {
    const auto texts = present_texts(piece, rows, column);
    TextIndex seen;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto label = data::strip(texts[i], options_.strip);
      if (!of_numbers && labels_.size() <= kMostLabels && seen.find(label, piece.bytes()) < 0)
        seen.add(label), labels_.emplace(label);
      if (options_.task && !of_numbers) continue;
      double value = 0;
      if (parse_number(label, value))
        values.push_back(value);
      else if (first_text_.empty())
        first_text_ = fmt::format("{}: target column '{}' holds '{}'", piece.where(rows[i]),
                                  shown(options_.column), shown(label));
    }
  }
  if (values.empty()) return;
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  if (numbers_ == 0) least_ = *low, most_ = *high;
  least_ = std::min(least_, *low), most_ = std::max(most_, *high);
  Moments all{numbers_, mean_, squares_};
  all.add(values);
  numbers_ = all.count, mean_ = all.mean, squares_ = all.squares;
}

Target TargetFitter::finish() const {
  if (rows_ == 0) fail("E-DATA-34", "no rows to fit target '{}' on", shown(options_.column));
  Target t;
  t.column = options_.column;
  t.strip = options_.strip;
  const std::vector<std::string_view> texts(labels_.begin(), labels_.end());
  const auto labels = in_order(texts);
  t.task = options_.task ? *options_.task : infer_task(labels);
  if (t.task != Task::regression) {
    fit_labels(t, labels, static_cast<std::size_t>(rows_), options_);
    return t;
  }
  if (options_.positive) put_positive_last(t, options_);  // E-DATA-21
  if (numbers_ < rows_)
    fail("E-DATA-11", "{} where a number is expected; correct the cell, or say `task: multiclass`",
         first_text_);
  expect_values(t, least_, most_, rows_);
  if (options_.standardize)
    scale(t, mean_, squares_ / static_cast<double>(numbers_), least_ == most_, source_);
  return t;
}

Tensor Target::transform(const Table& table, Rows rows) const {
  table.check_rows(rows);
  const auto n = static_cast<std::int64_t>(rows.size());
  if (task == Task::regression) {
    const auto raw = values(table, rows);
    Tensor out(DType::f32, Shape{n, 1});
    auto* to = reinterpret_cast<float*>(out.raw());
    for (std::size_t i = 0; i < raw.size(); ++i) {
      to[i] = static_cast<float>((raw[i] - mean) / std);
      if (!std::isfinite(to[i]))
        fail("E-DATA-35", "{}: target {} is too large for a 32-bit number; rescale the column",
             table.where(rows[i]), raw[i]);
    }
    return out;
  }
  const std::int64_t c = table.column(column);
  const auto texts = present_texts(table, rows, c);
  const TextIndex known(labels);
  Tensor out(DType::i64, Shape{n});
  auto* to = reinterpret_cast<std::int64_t*>(out.raw());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto label = data::strip(texts[i], strip);
    if ((to[i] = known.find(label, table.bytes())) < 0)
      fail("E-DATA-22", "{}: label '{}' in column '{}' never occurred in the training rows{}",
           table.where(rows[i]), shown(label), shown(column), suggest(label, labels));
  }
  return out;
}

std::vector<double> Target::values(const Table& table, Rows rows) const {
  table.check_rows(rows);
  const std::int64_t c = table.column(column);
  if (is_plain(table, c, strip)) return present_numbers(table, rows, c);
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto cell : present_texts(table, rows, c)) {
    const auto text = data::strip(cell, strip);
    const auto value = parse_number(text);
    if (!value)
      fail("E-DATA-11",
           "{}: target column '{}' holds '{}' where a number is expected; correct the cell, or say "
           "`task: multiclass`",
           table.where(rows[values.size()]), shown(column), shown(text));
    values.push_back(*value);
  }
  return values;
}

Tensor Target::inverse(const Tensor& standardized) const {
  Tensor out(DType::f32, standardized.shape());
  auto* to = reinterpret_cast<float*>(out.raw());
  for (std::int64_t i = 0; i < out.size(); ++i)
    to[i] = static_cast<float>(inverse(standardized.at(i)));
  return out;
}

}  // namespace glia::data
