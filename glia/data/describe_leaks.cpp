// What says the same twice: columns that tell the target, equal columns, equal rows.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/describe_findings.h"

namespace glia::data {
namespace {

constexpr double kTold = 0.999;  // a share of right answers that only a leak gives
constexpr std::int64_t kMostClasses = 50;

// Rows with one value of a column, by class.
struct Group {
  double value = 0;
  std::vector<std::int64_t> classes;
};

// The most rows that intervals of the values, one for each class in the order of the classes' mean
// values, can tell. `groups` in the order of their values.
std::int64_t told_by_intervals(const std::vector<Group>& groups, std::int64_t classes) {
  const auto k = static_cast<std::size_t>(classes);
  std::vector<double> sums(k), rows(k);
  for (const auto& group : groups)
    for (std::size_t c = 0; c < k; ++c) {
      sums[c] += group.value * static_cast<double>(group.classes[c]);
      rows[c] += static_cast<double>(group.classes[c]);
    }
  std::vector<std::size_t> order(k);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto mean = [&](std::size_t c) { return rows[c] > 0 ? sums[c] / rows[c] : 0; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return mean(a) < mean(b); });
  std::vector<std::int64_t> best(k);  // told so far, in an interval of this class
  for (const auto& group : groups)
    for (std::size_t i = 0; i < k; ++i) {
      if (i > 0) best[i] = std::max(best[i], best[i - 1] - group.classes[order[i - 1]]);
      best[i] += group.classes[order[i]];
    }
  return *std::max_element(best.begin(), best.end());
}

std::int64_t told_by_majority(const std::vector<Group>& groups) {
  std::int64_t told = 0;
  for (const auto& group : groups)
    told += *std::max_element(group.classes.begin(), group.classes.end());
  return told;
}

// Rows that the column's value tells the class of, as far as a rule can that is not made for each
// row: an interval for each class, or categories of five rows and more on average.
std::int64_t told_classes(const Table& table, std::int64_t column, const ColumnSummary& s,
                          const Answers& answers) {
  const bool numbers = s.info.numbers == s.info.rows - s.info.missing;
  const bool few = 5 * s.info.distinct <= s.info.rows;
  if (!numbers && !few) return 0;
  const auto k = static_cast<std::size_t>(answers.class_count);
  std::vector<Group> groups;
  Group missing{0, std::vector<std::int64_t>(k)};
  std::unordered_map<std::string_view, std::size_t> places;
  if (numbers) {
    std::vector<std::pair<double, std::int64_t>> pairs;
    const auto values = table.numbers(column);
    for (std::size_t i = 0; i < values.size(); ++i)
      if (std::isnan(values[i]))
        ++missing.classes[static_cast<std::size_t>(answers.classes[i])];
      else
        pairs.emplace_back(values[i], answers.classes[i]);
    std::sort(pairs.begin(), pairs.end());
    for (const auto& [value, c] : pairs) {
      if (groups.empty() || groups.back().value != value)
        groups.push_back({value, std::vector<std::int64_t>(k)});
      ++groups.back().classes[static_cast<std::size_t>(c)];
    }
  } else {
    for (std::int64_t row = 0; row < table.rows(); ++row) {
      const auto c = static_cast<std::size_t>(answers.classes[static_cast<std::size_t>(row)]);
      if (table.missing(row, column)) {
        ++missing.classes[c];
        continue;
      }
      const auto at = places.emplace(table.cell(row, column), groups.size());
      if (at.second) groups.push_back({0, std::vector<std::int64_t>(k)});
      ++groups[at.first->second].classes[c];
    }
  }
  std::int64_t told = numbers ? told_by_intervals(groups, answers.class_count) : 0;
  if (few) told = std::max(told, told_by_majority(groups));
  return told + *std::max_element(missing.classes.begin(), missing.classes.end());
}

// The squared correlation of a column with the target.
double told_values(const Table& table, std::int64_t column, const Answers& answers) {
  const auto x = table.numbers(column);
  double n = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i])) continue;
    n += 1;
    const double dx = x[i] - mx, dy = answers.values[i] - my;
    mx += dx / n, my += dy / n;
    xx += dx * (x[i] - mx), yy += dy * (answers.values[i] - my),
        xy += dx * (answers.values[i] - my);
  }
  const bool most = 2 * n >= static_cast<double>(x.size()) && n >= 10;
  return most && xx > 0 && yy > 0 ? xy * xy / xx / yy : 0;
}

std::uint64_t mixed(std::uint64_t hash) {  // the finaliser of SplitMix64
  hash = (hash ^ hash >> 30) * 0xBF58476D1CE4E5B9u;
  hash = (hash ^ hash >> 27) * 0x94D049BB133111EBu;
  return hash ^ hash >> 31;
}

// What a cell holds, as 64 bits: equal cells have equal ones, others practically never.
template <class Take>
void each_hash(const Table& table, std::int64_t column, const Take& take) {
  if (table.numeric(column)) {
    const auto values = table.numbers(column);
    for (std::size_t i = 0; i < values.size(); ++i)
      take(i, std::isnan(values[i]) ? 1 : std::bit_cast<std::uint64_t>(values[i] + 0.0));
    return;
  }
  for (std::int64_t row = 0; row < table.rows(); ++row)
    take(static_cast<std::size_t>(row),
         table.missing(row, column) ? 1 : std::hash<std::string_view>{}(table.cell(row, column)));
}

}  // namespace

void find_leak(const Table& table, std::int64_t column, const ColumnSummary& s,
               const Answers& answers, std::vector<Finding>& findings) {
  const auto rows = static_cast<double>(s.info.rows);
  std::string evidence;
  if (!answers.classes.empty()) {
    if (answers.class_count > kMostClasses) return;
    std::vector<std::int64_t> counts(static_cast<std::size_t>(answers.class_count));
    for (const auto c : answers.classes) ++counts[static_cast<std::size_t>(c)];
    const auto guessed =
        static_cast<double>(*std::max_element(counts.begin(), counts.end())) / rows;
    const auto told = static_cast<double>(told_classes(table, column, s, answers)) / rows;
    if (told < kTold || 1 - told > 0.1 * (1 - guessed)) return;
    evidence = fmt::format("by itself it tells the class of {:.2f} % of the rows", 100 * told);
  } else {
    if (s.info.numbers == 0 || s.info.numbers != s.info.rows - s.info.missing) return;
    const double told = told_values(table, column, answers);
    if (told < kTold) return;
    evidence = fmt::format("by itself it explains {:.2f} % of the target's variance", 100 * told);
  }
  findings.push_back(
      {"target_leak", {s.info.name}, evidence, "drop it unless it is known before the target is"});
}

void find_equal_columns(const Table& table, std::vector<Finding>& findings) {
  std::unordered_map<std::uint64_t, std::int64_t> first;
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    std::uint64_t hash = 0;
    bool constant = true;
    std::uint64_t before = 0;
    each_hash(table, c, [&](std::size_t row, std::uint64_t cell) {
      constant = constant && (row == 0 || cell == before);
      before = cell;
      hash = mixed(hash + cell + 0x9E3779B97F4A7C15u);
    });
    if (constant) continue;  // which is a finding of its own
    const auto [at, fresh] = first.emplace(hash, c);
    const auto& name = table.names()[static_cast<std::size_t>(c)];
    if (!fresh)
      findings.push_back({"duplicate_columns",
                          {table.names()[static_cast<std::size_t>(at->second)], name},
                          fmt::format("'{}' holds the same value as '{}' in every row", shown(name),
                                      shown(table.names()[static_cast<std::size_t>(at->second)])),
                          "drop one of them; where one is the target, the other gives it away"});
  }
}

std::int64_t find_equal_rows(const Table& table, std::vector<Finding>& findings) {
  std::vector<std::uint64_t> hashes(static_cast<std::size_t>(table.rows()));
  for (std::int64_t c = 0; c < table.columns(); ++c)
    each_hash(table, c, [&](std::size_t row, std::uint64_t cell) {
      hashes[row] = mixed(hashes[row] + mixed(cell + 0x9E3779B97F4A7C15u));
    });
  std::vector<std::size_t> order(hashes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return hashes[a] != hashes[b] ? hashes[a] < hashes[b] : a < b;
  });
  std::int64_t repeats = 0;
  std::size_t first = hashes.size();
  for (std::size_t i = 1; i < order.size(); ++i)
    if (hashes[order[i]] == hashes[order[i - 1]]) ++repeats, first = std::min(first, order[i]);
  if (repeats > 0)
    findings.push_back(
        {"duplicate_rows",
         {},
         fmt::format("{} of {} rows repeat an earlier one, the first in {}", with_commas(repeats),
                     with_commas(table.rows()), table.where(static_cast<std::int64_t>(first))),
         "the same record in training and test rows makes the test too good: keep one of each, if "
         "they are one"});
  return repeats;
}

}  // namespace glia::data
