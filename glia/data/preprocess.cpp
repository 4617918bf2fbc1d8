// Applying what was fitted.
#include "glia/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"
#include "glia/data/preprocess_parts.h"
#include "glia/data/steps/category.h"
#include "glia/data/steps/date.h"
#include "glia/data/steps/imputers.h"
#include "glia/data/steps/numeric.h"
#include "glia/data/storage.h"

namespace glia::data {
namespace {

constexpr std::size_t kUnseenSamples = 5;

// A wide table's names would fill the screen.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  const auto listed = std::min(names.size(), kMost);
  std::string text;
  for (std::size_t i = 0; i < listed; ++i) text += (i ? ", " : "") + shown(names[i]);
  return names.size() > listed ? text + fmt::format(", and {} more", names.size() - listed) : text;
}

// Steps one after the other.
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

// The place of the step of several columns, or the end.
std::size_t together_at(const FittedNumber& number) {
  std::size_t at = 0;
  while (at < number.steps.size() && !std::holds_alternative<FillTogether>(number.steps[at])) ++at;
  return at;
}

// What columns are made of beside the table.
struct Context {
  // The columns that the imputers of several filled, [imputer][row * members + member].
  std::vector<std::vector<double>> together;
  std::vector<std::int64_t> members;
  std::int64_t position = 0;  // of the first row among the training rows
};

// Where a category is among those of FittedCategory.
struct CategoryPlaces {
  TextIndex known, rare;
};

// Writes one column's features, `stride` numbers apart, some rows after the other, and counts what
// it meets.
template <class Number>
class ColumnWriter {
 public:
  // cross: the training rows' values of an encoding by target, or null.
  ColumnWriter(const Table& table, const FittedColumn& column, const Context& context,
               const CrossFit* cross, Number* out, std::size_t stride)
      : table_(table),
        fitted_(column),
        context_(context),
        cross_(cross),
        name_(column.name),
        begin_(out),
        stride_(stride),
        column_(*table.find(column.name)) {
    report_.name = column.name;
    if (const auto* category = std::get_if<FittedCategory>(&column.fitted))
      places_ = {TextIndex(category->categories), TextIndex(category->rare)};
  }

  // `rows`: those from `from` on, counted in the result.
  void write(Rows rows, std::size_t from) {
    rows_ = rows, from_ = from, out_ = begin_ + from * stride_;
    if (const auto* number = std::get_if<FittedNumber>(&fitted_.fitted))
      write(*number);
    else if (const auto* category = std::get_if<FittedCategory>(&fitted_.fitted))
      write(*category);
    else if (const auto* date = std::get_if<FittedDate>(&fitted_.fitted))
      write(*date, fitted_.width());
    else
      write(std::get<FittedText>(fitted_.fitted));
  }

  TransformReport::Column report() && { return std::move(report_); }

 private:
  void write(const FittedNumber& number) {
    auto values = table_.numbers(column_, rows_);
    mark_missing(number.steps, values);
    count_missing(values, number.imputes(), number.indicator() ? 1 : -1);
    std::span<const NumericStep> steps = number.steps;
    if (const auto at = together_at(number); at < steps.size()) {
      const auto& one = std::get<FillTogether>(steps[at]);
      const auto imputer = static_cast<std::size_t>(one.imputer);
      const auto width = static_cast<std::size_t>(context_.members[imputer]);
      for (std::size_t i = 0; i < values.size(); ++i)
        values[i] =
            context_.together[imputer][(from_ + i) * width + static_cast<std::size_t>(one.member)];
      steps = steps.subspan(at + 1);
    }
    apply_steps(table_, rows_, name_, steps, values);
    put_all(values);
  }

  void write(const FittedCategory& c) {
    const std::int64_t width = c.encoding == Encoding::one_hot   ? c.places()
                               : c.encoding == Encoding::hashing ? c.hashes
                               : c.unseen.empty()                ? 1
                                                                 : std::ssize(c.unseen);
    const auto texts = texts_of(table_, column_, rows_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool missing = !texts[i];
      if (c.indicator && missing) put(i, width, 1);
      if (missing && c.impute) ++report_.imputed;
      const bool none = missing && !c.impute;
      const std::string_view text = missing ? c.fill : *texts[i];
      if (c.encoding == Encoding::hashing) {
        const auto [at, sign] = hashed(text, c.hashes, c.signs);
        if (!none) put(i, at, sign);
        continue;
      }
      const std::int64_t place = none ? -1 : place_of(c, text);
      if (c.encoding == Encoding::ordinal)
        put(i, 0, static_cast<double>(place));
      else if (c.encoding == Encoding::one_hot)
        place >= 0 ? put(i, place, 1) : void();  // the tensor starts as zeros
      else
        put_values(i, c, place);
    }
  }

  void write(const FittedDate& date, std::int64_t width) {
    auto seconds = read_dates(table_, rows_, column_, date.slashes);
    count_missing(seconds, date.impute, date.indicator ? width - 1 : -1);
    for (double& s : seconds)
      if (std::isnan(s)) s = date.fill;
    std::int64_t at = 0;
    for (const auto& part : date.parts) {
      for (std::size_t i = 0; i < seconds.size(); ++i) {
        if (part.cyclic) {
          const double angle = 2 * std::numbers::pi * turn_of(part.name, seconds[i]);
          put(i, at, std::sin(angle)), put(i, at + 1, std::cos(angle));
          continue;
        }
        const double origin = part.name == "days" ? date.origin : 0;
        put(i, at, (part_of(part.name, seconds[i] - origin) - part.center) / part.scale);
      }
      at += part.cyclic ? 2 : 1;
    }
  }

  // A missing text that nothing fills has no terms.
  void write(const FittedText& text) {
    const std::int64_t width = text.terms.width();
    const auto texts = texts_of(table_, column_, rows_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!texts[i] && text.impute) ++report_.imputed;
      if (!texts[i] && text.indicator) put(i, width, 1);
      for (const auto& [term, weight] : text.terms.weights(texts[i].value_or(text.fill)))
        put(i, term, weight);
    }
  }

  void put(std::size_t row, std::int64_t feature, double value) {
    Number& to = out_[row * stride_ + static_cast<std::size_t>(feature)];
    to = static_cast<Number>(value);
    if (!std::isfinite(to))
      fail("E-DATA-35",
           "{}: column '{}' holds {}, too large for a 32-bit number once scaled; correct it",
           table_.where(rows_[row]), shown(name_), shown(table_.cell(rows_[row], column_)));
  }

  // The first feature of all rows.
  void put_all(const std::vector<double>& values) {
    bool finite = true;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<Number>(values[i]);
      out_[i * stride_] = value;
      finite = finite && std::isfinite(value);
    }
    for (std::size_t i = 0; !finite && i < values.size(); ++i) put(i, 0, values[i]);
  }

  // `indicator`: the feature that says so, or -1.
  void count_missing(const std::vector<double>& values, bool imputes, std::int64_t indicator) {
    const auto is_missing = [](double value) { return std::isnan(value); };
    if (std::none_of(values.begin(), values.end(), is_missing)) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_missing(values[i])) continue;
      if (!imputes)
        fail("E-DATA-31",
             "{}: column '{}' has no value here, and no step imputes it; train with "
             "impute_median, or fill it in",
             table_.where(rows_[i]), shown(name_));
      ++report_.imputed;
      if (indicator >= 0) put(i, indicator, 1);
    }
  }

  // The category's place, or -1.
  std::int64_t place_of(const FittedCategory& c, std::string_view text) {
    if (const auto place = places_.known.find(text, table_.bytes()); place >= 0) return place;
    const std::int64_t other = c.rare.empty() ? -1 : c.places() - 1;
    if (places_.rare.find(text, table_.bytes()) >= 0) return other;
    ++report_.unseen;
    auto& samples = report_.unseen_samples;
    if (samples.size() < kUnseenSamples &&
        std::find(samples.begin(), samples.end(), text) == samples.end())
      samples.emplace_back(text);
    return other;
  }

  void put_values(std::size_t row, const FittedCategory& c, std::int64_t place) {
    const std::vector<double>* values = &c.values;
    const std::vector<double>* unseen = &c.unseen;
    if (cross_) {
      const std::int64_t position = context_.position + static_cast<std::int64_t>(from_ + row);
      const auto fold = static_cast<std::size_t>(fold_of(position, cross_->folds, cross_->seed));
      values = &cross_->values[fold], unseen = &cross_->unseen[fold];
    }
    const auto width = std::ssize(*unseen);
    for (std::ptrdiff_t o = 0; o < width; ++o)
      put(row, o,
          place < 0 ? (*unseen)[static_cast<std::size_t>(o)]
                    : (*values)[static_cast<std::size_t>(place * width + o)]);
  }

  const Table& table_;
  const FittedColumn& fitted_;
  const Context& context_;
  const CrossFit* cross_;
  const std::string& name_;
  Number* begin_;
  std::size_t stride_;
  std::int64_t column_;
  CategoryPlaces places_;
  Rows rows_;  // that are being written
  std::size_t from_ = 0;
  Number* out_ = nullptr;
  TransformReport::Column report_;
};

}  // namespace

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
    constexpr std::size_t kStrip = 512;  // rows whose features stay in the cache
    for (std::size_t from = 0; from < rows.size(); from += kStrip)
      for (auto& writer : writers)
        writer.write(rows.subspan(from, std::min(kStrip, rows.size() - from)), from);
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
