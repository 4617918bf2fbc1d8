#include "glia/data/describe.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/dates.h"
#include "glia/data/describe_findings.h"
#include "glia/data/each.h"

namespace glia::data {
namespace {

constexpr std::size_t kBins = 24, kTop = 10;
constexpr std::int64_t kFewValues = 20;

// The value a share of the way through the sorted ones.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  if (below + 1 >= sorted.size()) return sorted.back();
  return std::lerp(sorted[below], sorted[below + 1], at - static_cast<double>(below));
}

template <class Key, class Text>
std::vector<Count> most_frequent(const std::unordered_map<Key, std::int64_t>& counts,
                                 const Text& text_of) {
  std::vector<std::pair<Key, std::int64_t>> all(counts.begin(), counts.end());
  const std::size_t most = std::min(kTop, all.size());
  const auto order = [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  };
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end(), order);
  std::vector<Count> top;
  for (std::size_t i = 0; i < most; ++i) top.push_back({text_of(all[i].first), all[i].second});
  return top;
}

void fill_bins(ColumnSummary& s, const std::vector<double>& sorted) {
  const double low = sorted.front(), high = sorted.back(), width = (high - low) / kBins;
  if (!(width > 0) || !std::isfinite(width)) return;
  for (std::size_t b = 0; b <= kBins; ++b)
    s.edges.push_back(b == kBins ? high : low + width * static_cast<double>(b));
  s.counts.assign(kBins, 0);
  for (const double value : sorted)
    ++s.counts[std::min(kBins - 1, static_cast<std::size_t>((value - low) / width))];
}

void summarize_numbers(ColumnSummary& s, const std::vector<double>& sorted) {
  double squares = 0;
  std::unordered_map<double, std::int64_t> counts;
  for (const double value : sorted) {
    squares += (value - s.info.mean) * (value - s.info.mean);
    s.zeros += value == 0 ? 1 : 0;
    if (s.info.distinct <= kFewValues) ++counts[value == 0 ? 0.0 : value];
  }
  if (sorted.size() > 1) s.std = std::sqrt(squares / static_cast<double>(sorted.size() - 1));
  s.q1 = quantile(sorted, 0.25);
  s.median = quantile(sorted, 0.5);
  s.q3 = quantile(sorted, 0.75);
  fill_bins(s, sorted);
  s.top = most_frequent(counts, [](double value) { return fmt::format("{}", value); });
}

void summarize_text(ColumnSummary& s, const Table& table, std::int64_t column) {
  std::unordered_map<std::string_view, std::int64_t> counts;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    if (table.missing(row, column)) continue;
    const auto text = table.cell(row, column);
    ++counts[text];
    s.bytes += std::ssize(text);
    s.longest = std::max(s.longest, std::ssize(text));
  }
  s.top = most_frequent(counts, [](std::string_view text) { return std::string(text); });
  if (s.info.kind != Kind::date) return;
  std::pair<std::int64_t, std::string_view> first, last;
  for (const auto& [text, rows] : counts)
    if (const auto time = parse_date(text)) {
      if (first.second.empty() || std::pair(*time, text) < first) first = {*time, text};
      if (last.second.empty() || std::pair(*time, text) > last) last = {*time, text};
    }
  s.earliest = first.second, s.latest = last.second;
}

// A column on its own. `sorted`: room that is used again for the next one.
void examine(const Table& table, std::int64_t column, const Answers* answers, ColumnSummary& s,
             std::vector<Finding>& findings) {
  std::vector<double> sorted;
  const bool numbers = s.info.numbers > 0 && s.info.numbers == s.info.rows - s.info.missing;
  if (!numbers) summarize_text(s, table, column);
  find_in_kind(s, findings);
  if (numbers) {
    sorted = table.numbers(column);
    std::erase_if(sorted, [](double value) { return std::isnan(value); });
    std::sort(sorted.begin(), sorted.end());
    summarize_numbers(s, sorted);
    find_in_numbers(s, sorted, findings);
  } else {
    find_in_text(table, column, s, findings);
  }
  if (answers) find_leak(table, column, s, *answers, findings);
}

// The target and what it is in each row; a finding where it cannot be learned.
std::optional<Answers> answers_of(const Table& table, const TargetOptions& options,
                                  Description& description) {
  table.column(options.column);  // E-DATA-10
  try {
    const auto rows = all_rows(table.rows());
    auto target = Target::fit(table, rows, options);
    Answers answers;
    answers.class_count = target.classes();
    if (target.task == Task::regression) {
      answers.values = target.values(table, rows);
    } else {
      const Tensor classes = target.transform(table, rows);
      const auto all = classes.data<std::int64_t>();
      answers.classes.assign(all.begin(), all.end());
      for (const auto& label : target.labels) description.classes.push_back({label, 0});
      for (const auto c : all) ++description.classes[static_cast<std::size_t>(c)].rows;
    }
    description.target = std::move(target);
    return answers;
  } catch (const Error& error) {
    description.findings.push_back(
        {"unusable_target", {options.column}, error.what(), "mend it before you train"});
    return std::nullopt;
  }
}

}  // namespace

bool is_prose(const ColumnSummary& column) {
  const auto present = column.info.rows - column.info.missing;
  const bool any = column.info.kind == Kind::text || column.info.kind == Kind::drop;
  return any && present > 0 && column.bytes / present >= 20 && 20 * column.info.numbers < present &&
         std::any_of(column.info.samples.begin(), column.info.samples.end(),
                     [](const auto& text) { return text.find(' ') != text.npos; });
}

Description describe(const Table& table, const DescribeOptions& options) {
  Description d;
  d.rows = table.rows();
  for (auto& info : infer_schema(table, options.schema).columns)
    d.columns.emplace_back().info = std::move(info);
  std::optional<Answers> answers;
  if (options.target) answers = answers_of(table, *options.target, d);

  std::vector<std::vector<Finding>> found(d.columns.size());
  each(std::ssize(d.columns), options.threads, [&](std::int64_t column) {
    const auto c = static_cast<std::size_t>(column);
    const bool is_target = options.target && d.columns[c].info.name == options.target->column;
    examine(table, column, answers && !is_target ? &*answers : nullptr, d.columns[c], found[c]);
  });
  for (auto& of_column : found)
    std::move(of_column.begin(), of_column.end(), std::back_inserter(d.findings));
  find_equal_columns(table, d.findings);
  d.duplicate_rows = find_equal_rows(table, d.findings);
  if (d.target) find_imbalance(d.classes, d.target->column, d.findings);
  return d;
}

}  // namespace glia::data
