// Applying what was fitted.
#include "glia/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/column_writer.h"
#include "glia/data/preprocess_parts.h"
#include "glia/data/steps/category.h"
#include "glia/data/steps/date.h"
#include "glia/data/steps/imputers.h"
#include "glia/data/steps/numeric.h"
#include "glia/data/storage.h"

namespace glia::data {
namespace {

// A wide table's names would fill the screen.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  const auto listed = std::min(names.size(), kMost);
  std::string text;
  for (std::size_t i = 0; i < listed; ++i) text += (i ? ", " : "") + shown(names[i]);
  return names.size() > listed ? text + fmt::format(", and {} more", names.size() - listed) : text;
}

bool follow_each_other(Rows rows) {
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i] != rows[i - 1] + 1) return false;
  return true;
}

}  // namespace

void apply_steps(const Table& table, Rows rows, const std::string& column,
                 std::span<const NumericStep> steps, std::vector<double>& values) {
  for (const auto& step : steps) {
    const auto* power = std::get_if<PowerMap>(&step);
    const auto before = power && power->box_cox ? values : std::vector<double>();
    apply_step(step, values);
    for (std::size_t i = 0; i < before.size(); ++i)
      if (std::isnan(values[i]) && !std::isnan(before[i]))
        fail("E-DATA-102",
             "{}: column '{}' holds {}, and the power of Box and Cox takes numbers above 0; "
             "correct it, or train with power: {{method: yeo_johnson}}",
             table.where(rows[i]), shown(column), before[i]);
  }
}

std::size_t together_at(const FittedNumber& number) {
  std::size_t at = 0;
  while (at < number.steps.size() && !std::holds_alternative<FillTogether>(number.steps[at])) ++at;
  return at;
}

std::vector<std::int64_t> rows_within(const Table& table, Rows rows,
                                      const std::vector<DropColumn>& columns,
                                      TransformReport* report) {
  std::vector<bool> stays(rows.size(), true);
  for (const auto& [name, bounds] : columns) {
    const auto values = table.numbers(table.column(name), rows);
    std::int64_t dropped = 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::any_of(bounds.begin(), bounds.end(), [&](const DropOutside& b) {
            return values[i] < b.low || values[i] > b.high;
          }))
        stays[i] = false, ++dropped;
    if (report && dropped > 0) {
      report->columns.push_back({name});
      report->columns.back().dropped = dropped;
    }
  }
  std::vector<std::int64_t> kept;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (stays[i]) kept.push_back(rows[i]);
  if (report) {
    report->rows = std::ssize(rows);
    report->dropped = std::ssize(rows) - std::ssize(kept);
  }
  return kept;
}

void Preprocessor::name_features() {
  feature_names_.clear();
  for (const auto& c : columns_)
    for (auto& name : c.features()) feature_names_.push_back(std::move(name));
}

void Preprocessor::check_columns(const Table& table) const {
  std::vector<std::string> missing;
  for (const auto& c : columns_)
    if (!table.find(c.name)) missing.push_back(c.name);
  if (!missing.empty())
    fail("E-DATA-32",
         "{}: missing {} of {} columns: {}; expected them by name, in any order; found: {}",
         table.source(), missing.size(), columns_.size(), some_of(missing), some_of(table.names()));
}

// For each imputer of several columns, its members with nothing missing: [rows, members].
std::vector<std::vector<double>> Preprocessor::imputed_together(const Table& table,
                                                                Rows rows) const {
  std::vector<std::vector<double>> all;
  for (const auto& imputer : imputers_) all.emplace_back(rows.size() * members_of(imputer));
  for (const auto& column : columns_) {
    const auto* number = std::get_if<FittedNumber>(&column.fitted);
    const auto at = number ? together_at(*number) : 0;
    if (!number || at == number->steps.size()) continue;
    const auto& one = std::get<FillTogether>(number->steps[at]);
    auto values = table.numbers(table.column(column.name), rows);
    apply_steps(table, rows, column.name, std::span(number->steps).first(at), values);
    auto& matrix = all[static_cast<std::size_t>(one.imputer)];
    const std::size_t width = members_of(imputers_[static_cast<std::size_t>(one.imputer)]);
    for (std::size_t i = 0; i < values.size(); ++i)
      matrix[i * width + static_cast<std::size_t>(one.member)] = values[i];
  }
  for (std::size_t i = 0; i < all.size(); ++i) impute(imputers_[i], all[i]);
  return all;
}

Tensor Preprocessor::make(const Table& table, Rows rows, TransformReport* report, DType dtype,
                          std::optional<std::int64_t> position) const {
  table.check_rows(rows);
  check_columns(table);
  Tensor out(dtype, Shape{static_cast<std::int64_t>(rows.size()), features()});
  TransformReport met;
  met.rows = static_cast<std::int64_t>(rows.size());
  Context context{imputed_together(table, rows), {}, position.value_or(0)};
  for (const auto& imputer : imputers_)
    context.members.push_back(static_cast<std::int64_t>(members_of(imputer)));
  const auto write = [&]<class Number>(Number* to) {
    std::vector<ColumnWriter<Number>> writers;
    for (const auto& c : columns_) {
      const auto cross = position ? cross_.find(c.name) : cross_.end();
      writers.emplace_back(table, c, context, cross == cross_.end() ? nullptr : cross->second.get(),
                           to, static_cast<std::size_t>(features()));
      to += c.width();
    }
    constexpr std::size_t kStrip = 128;  // rows whose features stay in the cache
    for (std::size_t from = 0; from < rows.size(); from += kStrip) {
      const auto strip = rows.subspan(from, std::min(kStrip, rows.size() - from));
      const bool follow = follow_each_other(strip);
      for (auto& writer : writers) writer.write(strip, from, follow);
    }
    for (auto& writer : writers) {
      auto column = std::move(writer).report();
      met.imputed += column.imputed;
      met.unseen += column.unseen;
      if (column.imputed + column.unseen > 0) met.columns.push_back(std::move(column));
    }
  };
  if (dtype == DType::f64)
    write(reinterpret_cast<double*>(out.raw()));
  else
    write(reinterpret_cast<float*>(out.raw()));
  std::unordered_set<std::string_view> known;
  for (const auto& column : schema_.columns) known.insert(column.name);
  for (const auto& name : table.names())
    if (!known.contains(name)) met.extra_columns.push_back(name);
  if (report) *report = std::move(met);
  return out;
}

Tensor Preprocessor::transform(const Table& table, Rows rows, TransformReport* report,
                               DType dtype) const {
  return make(table, rows, report, dtype, std::nullopt);
}

Tensor Preprocessor::transform(const Table& table, TransformReport* report) const {
  return transform(table, all_rows(table.rows()), report);
}

Tensor Preprocessor::transform_training(const Table& table, Rows rows, TransformReport* report,
                                        std::int64_t position, DType dtype) const {
  return make(table, rows, report, dtype, position);
}

std::vector<std::int64_t> Preprocessor::training_rows(const Table& table, Rows rows,
                                                      TransformReport* report) const {
  table.check_rows(rows);
  std::vector<DropColumn> drops;
  for (const auto& column : columns_) {
    const auto* number = std::get_if<FittedNumber>(&column.fitted);
    if (!number) continue;
    DropColumn drop{column.name, {}};
    for (const auto& step : number->steps)
      if (const auto* bounds = std::get_if<DropOutside>(&step)) drop.bounds.push_back(*bounds);
    if (!drop.bounds.empty()) drops.push_back(std::move(drop));
  }
  return rows_within(table, rows, drops, report);
}

std::vector<std::string> Preprocessor::notes() const {
  std::vector<std::string> notes;
  for (const auto& column : columns_) {
    const auto* number = std::get_if<FittedNumber>(&column.fitted);
    const auto* date = std::get_if<FittedDate>(&column.fitted);
    const double error = number ? number->rank_error : date ? date->rank_error : 0;
    if (error > 0)
      notes.push_back(fmt::format(
          "column '{}': medians and quantiles are approximate: rank error at most {:.2g} %",
          shown(column.name), 100 * error));
  }
  return notes;
}

}  // namespace glia::data
