#include "glia/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>
#include <unordered_set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"

namespace glia::data {
namespace {

constexpr std::size_t kUnseenSamples = 5;

// The steps of one kind of column, one of each stage or "".
struct Steps {
  std::string impute, then;
};

Steps read_steps(const char* kind, const std::vector<std::string>& names,
                 const std::vector<std::string>& imputes, const std::vector<std::string>& thens) {
  Steps steps;
  std::vector<std::string> known = imputes;
  known.insert(known.end(), thens.begin(), thens.end());
  for (const auto& name : names) {
    const bool imputes_it = std::find(imputes.begin(), imputes.end(), name) != imputes.end();
    if (!imputes_it && std::find(thens.begin(), thens.end(), name) == thens.end())
      fail("E-DATA-14", "preprocess.{}: unknown step '{}'{}", kind, shown(name),
           suggest(name, known));
    std::string& stage = imputes_it ? steps.impute : steps.then;
    if (!stage.empty() || (imputes_it && !steps.then.empty()))
      fail("E-DATA-14",
           "preprocess.{}: '{}' cannot follow '{}'; expected one impute step at most, then "
           "one of {}",
           kind, name, steps.then.empty() ? steps.impute : steps.then, fmt::join(thens, ", "));
    stage = name;
  }
  if (steps.then == "none" && !steps.impute.empty())
    fail("E-DATA-14", "preprocess.{}: 'none' stands alone; leave it out after '{}'", kind,
         steps.impute);
  return steps;
}

// A wide table's names would fill the screen.
std::string some_of(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 20;
  const auto listed = std::min(names.size(), kMost);
  std::string text;
  for (std::size_t i = 0; i < listed; ++i) text += (i ? ", " : "") + shown(names[i]);
  return names.size() > listed ? text + fmt::format(", and {} more", names.size() - listed) : text;
}

double median_of(std::vector<double> values) {
  const std::size_t half = values.size() / 2;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(half);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return *std::max_element(values.begin(), middle) / 2 + *middle / 2;
}

double mean_of(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double v : values) sum += v / n;
  return sum;
}

void fit_scale(FittedColumn& c, const std::vector<double>& values, const std::string& step) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const bool constant = *low == *high;
  if (step == "standardize") {
    c.center = constant ? *low : mean_of(values);
    double squares = 0;
    for (const double v : values)
      squares += (v - c.center) * (v - c.center) / static_cast<double>(values.size());
    c.scale = constant ? 1 : std::sqrt(squares);
  } else if (step == "min_max") {
    c.center = *low;
    c.scale = constant ? 1 : *high - *low;
  }
}

FittedColumn fit_numeric(const Table& table, Rows rows, std::int64_t column, const Steps& steps,
                         double constant) {
  FittedColumn c;
  c.name = table.names()[static_cast<std::size_t>(column)];
  c.impute = !steps.impute.empty();
  auto values = table.numbers(column, rows);
  std::vector<double> present;
  present.reserve(values.size());
  for (const double v : values)
    if (!std::isnan(v)) present.push_back(v);
  if (present.empty() && steps.impute != "impute_constant")
    fail("E-DATA-34", "{}: column '{}' has no value in the {} training rows; declare it drop",
         table.source(), shown(c.name), rows.size());
  if (steps.impute == "impute_median") c.fill = median_of(present);
  if (steps.impute == "impute_mean") c.fill = mean_of(present);
  if (steps.impute == "impute_constant") c.fill = constant;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) continue;
    if (!c.impute)
      fail("E-DATA-31",
           "{}: column '{}' has no value here, and no step imputes it; add impute_median",
           table.where(rows[i]), shown(c.name));
    values[i] = c.fill;  // scaled as the network will see it
  }
  fit_scale(c, values, steps.then);
  if (!std::isfinite(c.fill) || !std::isfinite(c.center) || !std::isfinite(c.scale) || c.scale == 0)
    fail("E-DATA-35",
         "{}: the values of column '{}' are too far apart or too near to be scaled; rescale "
         "the column, or declare it drop",
         table.source(), shown(c.name));
  return c;
}

FittedColumn fit_categorical(const Table& table, Rows rows, std::int64_t column,
                             const Steps& steps) {
  FittedColumn c;
  c.kind = Kind::categorical;
  c.name = table.names()[static_cast<std::size_t>(column)];
  c.impute = !steps.impute.empty();
  c.encoding = steps.then == "ordinal" ? Encoding::ordinal : Encoding::one_hot;
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (const std::int64_t row : rows)
    if (!table.missing(row, column)) ++counts[table.cell(row, column)];
  if (counts.empty())
    fail("E-DATA-34", "{}: column '{}' has no value in the {} training rows; declare it drop",
         table.source(), shown(c.name), rows.size());
  std::vector<std::string_view> texts;
  for (const auto& [text, count] : counts) texts.push_back(text);
  c.categories = in_order(texts);
  std::int64_t most = 0;
  for (std::size_t i = 0; i < c.categories.size(); ++i)
    if (const auto count = counts[c.categories[i]]; count > most)
      most = count, c.mode = static_cast<std::int64_t>(i);
  return c;
}

// Writes one column's features, `width` floats apart, and counts what it meets.
class ColumnWriter {
 public:
  ColumnWriter(const Table& table, Rows rows, const FittedColumn& fitted, float* out,
               std::size_t stride)
      : table_(table),
        rows_(rows),
        fitted_(fitted),
        out_(out),
        stride_(stride),
        column_(*table.find(fitted.name)) {
    report_.name = fitted.name;
  }

  TransformReport::Column write() {
    if (fitted_.kind == Kind::numeric)
      numeric();
    else
      categorical();
    return std::move(report_);
  }

 private:
  void numeric() {
    const auto values = table_.numbers(column_, rows_);
    float* to = out_;
    for (std::size_t i = 0; i < values.size(); ++i, to += stride_) {
      double value = values[i];
      if (std::isnan(value)) {
        if (!fitted_.impute)
          fail("E-DATA-31",
               "{}: column '{}' has no value here, and no step imputes it; train with "
               "impute_median, or "
               "fill it in",
               table_.where(rows_[i]), shown(fitted_.name));
        value = fitted_.fill;
        ++report_.imputed;
      }
      *to = static_cast<float>((value - fitted_.center) / fitted_.scale);
      if (!std::isfinite(*to))
        fail("E-DATA-35",
             "{}: column '{}' holds {}, too large for a 32-bit number once scaled; correct it",
             table_.where(rows_[i]), shown(fitted_.name), value);
    }
  }

  void categorical() {
    const auto known = places(fitted_.categories);
    const bool one_hot = fitted_.encoding == Encoding::one_hot;
    float* to = out_;
    for (const std::int64_t row : rows_) {
      const std::int64_t place = place_of(row, known);
      if (!one_hot)
        *to = static_cast<float>(place);
      else if (place >= 0)
        to[place] = 1.0f;  // the tensor starts as zeros
      to += stride_;
    }
  }

  // The category's place, or -1.
  std::int64_t place_of(std::int64_t row,
                        const std::unordered_map<std::string_view, std::int64_t>& known) {
    if (table_.missing(row, column_)) {
      if (!fitted_.impute) return -1;
      ++report_.imputed;
      return fitted_.mode;
    }
    const auto text = table_.cell(row, column_);
    if (const auto found = known.find(text); found != known.end()) return found->second;
    ++report_.unseen;
    auto& samples = report_.unseen_samples;
    if (samples.size() < kUnseenSamples &&
        std::find(samples.begin(), samples.end(), text) == samples.end())
      samples.emplace_back(text);
    return -1;
  }

  const Table& table_;
  Rows rows_;
  const FittedColumn& fitted_;
  float* out_;
  std::size_t stride_;
  std::int64_t column_;
  TransformReport::Column report_;
};

}  // namespace

void Preprocessor::name_features() {
  feature_names_.clear();
  for (const auto& c : columns_) {
    if (c.kind == Kind::categorical && c.encoding == Encoding::one_hot) {
      for (const auto& category : c.categories) feature_names_.push_back(c.name + "=" + category);
    } else {
      feature_names_.push_back(c.name);
    }
  }
}

Preprocessor Preprocessor::fit(const Table& table, Rows rows, const PreprocessOptions& options) {
  const Steps numeric =
      read_steps("numeric", options.numeric, {"impute_median", "impute_mean", "impute_constant"},
                 {"standardize", "min_max", "none"});
  const Steps categorical =
      read_steps("categorical", options.categorical, {"impute_mode"}, {"one_hot", "ordinal"});
  table.check_rows(rows);
  if (rows.empty()) fail("E-DATA-34", "{}: no rows to fit the preprocessing on", table.source());
  Preprocessor p;
  if (options.target) {
    if (options.columns.count(options.target->column))
      fail("E-DATA-24", "columns: '{}' is the target, not a feature; leave it out there",
           shown(options.target->column));
    p.target_ = Target::fit(table, rows, *options.target);
  }
  p.schema_ = infer_schema(table, rows,
                           {.kinds = options.columns, .max_categories = options.max_categories});
  for (std::size_t i = 0; i < p.schema_.columns.size(); ++i) {
    const ColumnInfo& info = p.schema_.columns[i];
    const auto column = static_cast<std::int64_t>(i);
    if (p.target_ && info.name == p.target_->column) continue;
    if (info.kind == Kind::numeric)
      p.columns_.push_back(fit_numeric(table, rows, column, numeric, options.constant));
    else if (info.kind == Kind::categorical)
      p.columns_.push_back(fit_categorical(table, rows, column, categorical));
  }
  if (p.columns_.empty())
    fail("E-DATA-12",
         "{}: no column is left to learn from: all are text, dropped or the target; declare "
         "one numeric or categorical",
         table.source());
  p.name_features();
  return p;
}

Preprocessor Preprocessor::fit(const Table& table, const PreprocessOptions& options) {
  return fit(table, all_rows(table.rows()), options);
}

Tensor Preprocessor::transform(const Table& table, Rows rows, TransformReport* report) const {
  table.check_rows(rows);
  std::vector<std::string> missing;
  for (const auto& c : columns_)
    if (!table.find(c.name)) missing.push_back(c.name);
  if (!missing.empty())
    fail("E-DATA-32",
         "{}: missing {} of {} columns: {}; expected them by name, in any order; found: {}",
         table.source(), missing.size(), columns_.size(), some_of(missing), some_of(table.names()));
  Tensor out(DType::f32, Shape{static_cast<std::int64_t>(rows.size()), features()});
  auto* to = reinterpret_cast<float*>(out.raw());
  TransformReport met;
  met.rows = static_cast<std::int64_t>(rows.size());
  for (const auto& c : columns_) {
    auto column = ColumnWriter(table, rows, c, to, static_cast<std::size_t>(features())).write();
    met.imputed += column.imputed;
    met.unseen += column.unseen;
    if (column.imputed + column.unseen > 0) met.columns.push_back(std::move(column));
    to += c.width();
  }
  std::unordered_set<std::string_view> known;
  for (const auto& column : schema_.columns) known.insert(column.name);
  for (const auto& name : table.names())
    if (!known.contains(name)) met.extra_columns.push_back(name);
  if (report) *report = std::move(met);
  return out;
}

Tensor Preprocessor::transform(const Table& table, TransformReport* report) const {
  return transform(table, all_rows(table.rows()), report);
}

}  // namespace glia::data
