#include "glia/review/slice_by.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv.h"
#include "glia/data/labels.h"
#include "glia/metrics/evaluate.h"

namespace glia::review {
namespace {

using Places = std::vector<std::size_t>;

struct Part {
  std::string value;
  Places rows;
};

constexpr const char* kMissing = "(missing)";

std::string shown_value(const std::string& value) { return value.empty() ? kMissing : value; }

// Columns of many numbers; of few each is a value of its own.
bool is_measured(const std::vector<std::string>& values) {
  constexpr std::size_t kFew = 20;
  std::set<std::string_view> seen;
  for (const auto& value : values) {
    if (value.empty()) continue;
    if (!data::parse_number(value)) return false;
    if (seen.size() <= kFew) seen.insert(value);
  }
  return seen.size() > kFew;
}

// Rows of equal numbers stay together, so a bin may have more than its share.
std::vector<Part> binned(const std::vector<std::string>& values, std::size_t bins) {
  std::vector<std::pair<double, std::size_t>> order;
  Part missing{kMissing, {}};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (const auto number = data::parse_number(values[i]))
      order.emplace_back(*number, i);
    else
      missing.rows.push_back(i);
  std::sort(order.begin(), order.end());
  std::vector<Part> parts;
  std::size_t from = 0;
  for (std::size_t bin = 1; bin <= bins && from < order.size(); ++bin) {
    auto to = std::max(from + 1, bin * order.size() / bins);
    while (to < order.size() && order[to].first == order[to - 1].first) ++to;
    Part part{fmt::format("{:.6g} to {:.6g}", order[from].first, order[to - 1].first), {}};
    for (auto i = from; i < to; ++i) part.rows.push_back(order[i].second);
    parts.push_back(std::move(part));
    from = to;
  }
  if (!missing.rows.empty()) parts.push_back(std::move(missing));
  return parts;
}

std::vector<Part> by_value(const std::vector<std::string>& values, std::size_t most) {
  std::map<std::string, Places> of;
  for (std::size_t i = 0; i < values.size(); ++i) of[shown_value(values[i])].push_back(i);
  std::vector<Part> parts;
  for (auto& [value, rows] : of) parts.push_back({value, std::move(rows)});
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Part& a, const Part& b) { return a.rows.size() > b.rows.size(); });
  if (parts.size() <= most) return parts;
  Part others{fmt::format("({} other values)",
                          with_commas(std::ssize(parts) - static_cast<std::ptrdiff_t>(most))),
              {}};
  for (std::size_t i = most; i < parts.size(); ++i)
    others.rows.insert(others.rows.end(), parts[i].rows.begin(), parts[i].rows.end());
  parts.resize(most);
  parts.push_back(std::move(others));
  return parts;
}

template <class T>
std::vector<T> picked(const std::vector<T>& from, const Places& rows, std::size_t width) {
  std::vector<T> to;
  to.reserve(rows.size() * width);
  for (const auto row : rows)
    for (std::size_t c = 0; c < width; ++c) to.push_back(from[row * width + c]);
  return to;
}

std::vector<std::string> names_of(const Answers& a, const SliceOptions& options) {
  if (!options.metrics.empty()) return options.metrics;
  if (a.kind == Answers::Kind::binary) return {"accuracy", "roc_auc"};
  return {a.is_classified() ? "accuracy" : "mae"};
}

}  // namespace

std::vector<metrics::Metric> metrics_of(const Answers& a, const Places& rows,
                                        const std::vector<std::string>& names,
                                        std::size_t replicates, std::span<const double> weights) {
  const auto predicted = picked(a.predicted, rows, a.width);
  if (!a.is_classified()) {
    // The numbers of a row are not independent of one another, so they have no bootstrap of theirs.
    if (a.width > 1) replicates = 0;
    std::vector<double> of_each;
    for (std::size_t i = 0; a.width > 1 && i < weights.size() * a.width; ++i)
      of_each.push_back(weights[i / a.width]);
    if (!of_each.empty()) weights = of_each;
    metrics::RegressionOptions options{
        .metrics = names, .weights = weights, .replicates = replicates};
    return metrics::evaluate_regression(predicted, picked(a.values, rows, a.width), options);
  }
  metrics::ClassificationOptions options{
      .labels = a.target.labels, .metrics = names, .weights = weights, .replicates = replicates};
  if (a.kind == Answers::Kind::binary) options.threshold = a.threshold;
  const auto truth = picked(a.truth, rows, 1);
  return metrics::evaluate_classification(predicted, truth, options).metrics;
}

// "1" and "1.0" are one label.
static bool alike(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto x = data::parse_number(a), y = data::parse_number(b);
  return x && y && *x == *y;
}

std::vector<std::string> values_of(const std::string& column, const Answers& a,
                                   const experiment::DataPlan* plan,
                                   const std::vector<std::int64_t>& places) {
  if (a.is_classified() && (column == a.target.column || column == "class")) {
    std::vector<std::string> labels;
    for (const auto truth : a.truth) labels.push_back(a.label(truth));
    return labels;
  }
  const bool known = plan && plan->has_columns() && a.by_row && places.size() == a.count;
  const auto raw = known ? plan->raw(experiment::Part::test, places) : experiment::RawRows{};
  if (raw.columns.empty())
    fail("E-METRIC-13",
         "--by {}: these rows have no columns that can be read again; they can be told apart by "
         "their class (--by class) where there are classes",
         shown(column));
  const auto at = std::find(raw.columns.begin(), raw.columns.end(), column);
  if (at == raw.columns.end())
    fail("E-METRIC-12", "--by {}: there is no such column{}", shown(column),
         suggest(column, raw.columns));
  for (std::size_t i = 0; i < raw.truth.size() && a.is_classified() && a.output.empty(); ++i)
    if (!alike(raw.truth[i], a.label(a.truth[i])))
      fail("E-METRIC-13",
           "--by {}: row {} of the file is of the class '{}', and was '{}' when it was predicted; "
           "the file was changed, or rows of it were left out",
           shown(column), places[i] + 1, shown(raw.truth[i]), shown(a.label(a.truth[i])));
  const auto unknown = data::CsvOptions{}.missing;
  std::vector<std::string> values;
  const auto c = static_cast<std::size_t>(at - raw.columns.begin());
  for (const auto& row : raw.cells) {
    values.emplace_back(data::strip(row[c], " "));
    if (std::find(unknown.begin(), unknown.end(), values.back()) != unknown.end())
      values.back().clear();
  }
  return values;
}

Slices slices_by(const Answers& a, std::string column, const std::vector<std::string>& values,
                 const SliceOptions& options) {
  if (!a.by_row || a.kind == Answers::Kind::labels)
    fail("E-METRIC-14", "--by {}: slices are of rows with one answer each, and here {}",
         shown(column),
         a.by_row ? "a row has several labels" : "a row has an answer for each step or pixel");
  if (values.size() != a.count)
    fail("E-METRIC-13", "--by {}: there are {} values for {} rows", shown(column), values.size(),
         a.count);
  const auto names = names_of(a, options);
  Places every(a.count);
  std::iota(every.begin(), every.end(), std::size_t{0});
  Slices result{.column = std::move(column),
                .overall = metrics_of(a, every, names, options.replicates, {})};
  const auto parts =
      is_measured(values) ? binned(values, options.bins) : by_value(values, options.most);
  for (const auto& part : parts) {
    Slice slice{part.value, part.rows.size(), {}};
    if (slice.rows < options.fewest)
      ++result.small;
    else
      slice.metrics = metrics_of(a, part.rows, names, options.replicates, {});
    result.slices.push_back(std::move(slice));
  }
  return result;
}

namespace {

using report::Cell;
using report::Paint;

// Better or worse than all rows by the whole interval.
Paint paint_of(const metrics::Metric& metric, const metrics::Metric& all) {
  if (!metric.interval || !all.value) return Paint::plain;
  const bool above = metric.interval->low > *all.value, below = metric.interval->high < *all.value;
  if (!above && !below) return Paint::plain;
  return above == metrics::larger_is_better(metric.name) ? Paint::good : Paint::bad;
}

void add_cells(const metrics::Metric& metric, Paint role, std::vector<Cell>& row) {
  const auto number = [](double v) { return report::compact_number(v); };
  row.push_back(metric.value ? Cell(number(*metric.value), role) : Cell("-", Paint::warn));
  row.emplace_back(metric.interval ? fmt::format("{} to {}", number(metric.interval->low),
                                                 number(metric.interval->high))
                                   : "",
                   Paint::dim);
}

}  // namespace

report::Table table_of(const Slices& s) {
  report::Table table{.title = fmt::format("by {}", shown(s.column)),
                      .columns = {{shown(s.column), report::Align::left}, {"rows"}}};
  for (const auto& metric : s.overall) {
    table.columns.emplace_back(metric.name);
    table.columns.emplace_back("95 % interval");
  }
  std::size_t rows = 0;
  for (const auto& slice : s.slices) {
    rows += slice.rows;
    std::vector<Cell> row{{shown(slice.value)}, {with_commas(static_cast<long long>(slice.rows))}};
    if (slice.metrics.empty()) row.emplace_back("too few", Paint::dim);
    for (std::size_t m = 0; m < slice.metrics.size(); ++m)
      add_cells(slice.metrics[m], paint_of(slice.metrics[m], s.overall[m]), row);
    table.rows.push_back(std::move(row));
  }
  table.rules = {table.rows.size()};
  std::vector<Cell> all{{"all rows", Paint::bold}, {with_commas(static_cast<long long>(rows))}};
  for (const auto& metric : s.overall) add_cells(metric, Paint::bold, all);
  table.rows.push_back(std::move(all));
  return table;
}

std::string note_of(const Slices& s) {
  std::size_t compared = 0;
  std::string apart;
  for (const auto& slice : s.slices) {
    compared += slice.metrics.size();
    for (std::size_t m = 0; m < slice.metrics.size(); ++m)
      if (const auto role = paint_of(slice.metrics[m], s.overall[m]); role != Paint::plain)
        apart += fmt::format("{}{} {} in {}", apart.empty() ? "" : ", ", shown(slice.value),
                             role == Paint::good ? "better" : "worse", slice.metrics[m].name);
  }
  std::string text =
      apart.empty() ? std::string("No slice lies apart from all rows with its whole interval.")
                    : fmt::format(
                          "Apart from all rows with its whole interval: {}. Of {} intervals about "
                          "{:.0f} would be by chance alone.",
                          apart, compared, std::ceil(0.05 * static_cast<double>(compared)));
  if (s.small > 0)
    text += fmt::format(" {} {} too few rows to tell anything.", s.small,
                        s.small == 1 ? "slice has" : "slices have");
  return text;
}

}  // namespace glia::review
