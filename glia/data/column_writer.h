// Internal: one column of a table as features.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"
#include "glia/data/preprocess.h"
#include "glia/data/preprocess_parts.h"
#include "glia/data/steps/category.h"
#include "glia/data/steps/date.h"
#include "glia/data/steps/numeric.h"
#include "glia/data/storage.h"

namespace glia::data {

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
        column_(*table.find(column.name)),
        bytes_(table.bytes()),
        words_(Table::Storage::of(table), column_) {
    report_.name = column.name;
    if (const auto* number = std::get_if<FittedNumber>(&column.fitted);
        number && table.numeric(column_))
      linear_ = linear_of(number->steps);
    if (const auto* category = std::get_if<FittedCategory>(&column.fitted))
      places_ = {TextIndex(category->categories), TextIndex(category->rare)};
  }

  // `rows`: those from `from` on, counted in the result. follow: each is one behind the other.
  void write(Rows rows, std::size_t from, bool follow) {
    rows_ = rows, from_ = from, follow_ = follow, out_ = begin_ + from * stride_;
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
    if (linear_ && write_linear()) return;
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

  // What a chain does to a number that is not missing, where that is linear.
  static std::optional<Linear> linear_of(std::span<const NumericStep> steps) {
    std::optional<Linear> linear;
    for (const auto& step : steps) {
      if (std::holds_alternative<Fill>(step)) continue;
      if (linear || !std::holds_alternative<Linear>(step)) return std::nullopt;
      linear = std::get<Linear>(step);
    }
    return linear;
  }

  // Most columns, in one go. False where a number is missing or too large: then what was written is
  // of no worth.
  bool write_linear() {
    const auto words = words_.of(rows_, follow_, room_);
    const double center = linear_->center, scale = linear_->scale;
    constexpr std::size_t kAtOnce = 8;  // for the compiler to take vectors: a division is slow
    Number odd[kAtOnce] = {};           // NaN once a number is not finite
    const auto some = [&](std::size_t from, std::size_t count) [[gnu::always_inline]] {
      double values[kAtOnce] = {};
      Number made[kAtOnce];
      for (std::size_t k = 0; k < count; ++k) values[k] = std::bit_cast<double>(words[from + k]);
      for (std::size_t k = 0; k < kAtOnce; ++k)
        made[k] = static_cast<Number>((values[k] - center) / scale);
      for (std::size_t k = 0; k < kAtOnce; ++k) odd[k] += made[k] - made[k];
      for (std::size_t k = 0; k < count; ++k) out_[(from + k) * stride_] = made[k];
    };
    std::size_t i = 0;
    for (; i + kAtOnce <= rows_.size(); i += kAtOnce) some(i, kAtOnce);
    if (i < rows_.size()) some(i, rows_.size() - i);
    return std::none_of(odd, odd + kAtOnce, [](Number n) { return std::isnan(n); });
  }

  void write(const FittedCategory& c) {
    const std::int64_t width = c.encoding == Encoding::one_hot   ? c.places()
                               : c.encoding == Encoding::hashing ? c.hashes
                               : c.unseen.empty()                ? 1
                                                                 : std::ssize(c.unseen);
    put_texts(table_, column_, rows_, texts_);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const bool missing = !texts_[i];
      if (c.indicator && missing) put(i, width, 1);
      if (missing && c.impute) ++report_.imputed;
      const bool none = missing && !c.impute;
      const std::string_view text = missing ? c.fill : *texts_[i];
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
    if (const auto place = places_.known.find(text, bytes_); place >= 0) return place;
    const std::int64_t other = c.rare.empty() ? -1 : c.places() - 1;
    if (places_.rare.find(text, bytes_) >= 0) return other;
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

  static constexpr std::size_t kUnseenSamples = 5;

  const Table& table_;
  const FittedColumn& fitted_;
  const Context& context_;
  const CrossFit* cross_;
  const std::string& name_;
  Number* begin_;
  std::size_t stride_;
  std::int64_t column_;
  std::string_view bytes_;
  ColumnWords words_;
  std::optional<Linear> linear_;  // where the column is made by that alone
  CategoryPlaces places_;
  Rows rows_;  // that are being written
  std::size_t from_ = 0;
  bool follow_ = false;
  Number* out_ = nullptr;
  Texts texts_;
  std::vector<std::uint64_t> room_;
  TransformReport::Column report_;
};

}  // namespace glia::data
