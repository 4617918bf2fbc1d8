#include "glia/data/describe_findings.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::data {
namespace {

std::string times(std::int64_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", with_commas(count), count == 1 ? one : many);
}

// Zeros that lie far below all other values, as a measurement that was not taken is often written:
// the gap from zero to the least value is seven times what is usual between the lowest ones.
void find_zeros(const ColumnSummary& s, std::span<const double> sorted,
                std::vector<Finding>& findings) {
  constexpr std::size_t kLowest = 11, kTimes = 7;
  if (s.zeros < 2 || s.info.min < 0 || 2 * s.zeros > s.info.numbers) return;
  std::vector<double> lowest;  // different values above zero
  for (const double value : sorted.subspan(static_cast<std::size_t>(s.zeros))) {
    if (lowest.empty() || value > lowest.back()) lowest.push_back(value);
    if (lowest.size() == kLowest) break;
  }
  if (lowest.size() < kLowest) return;
  std::vector<double> steps;
  for (std::size_t i = 1; i < lowest.size(); ++i) steps.push_back(lowest[i] - lowest[i - 1]);
  std::nth_element(steps.begin(), steps.begin() + kLowest / 2, steps.end());
  if (lowest[0] < kTimes * steps[kLowest / 2]) return;
  findings.push_back({"zeros_as_missing",
                      {s.info.name},
                      fmt::format("{} of {} values are 0, and the next smallest is {}",
                                  with_commas(s.zeros), with_commas(s.info.numbers), lowest[0]),
                      "where 0 cannot be measured it stands for missing: let the column's steps "
                      "begin with {missing: 0}, as [{missing: 0}, impute_median, standardize]"});
}

// Two groups of values a round factor apart, as grams among kilograms.
void find_scales(const ColumnSummary& s, std::span<const double> sorted,
                 std::vector<Finding>& findings) {
  constexpr std::size_t kLeast = 50;
  constexpr double kGap = 3, kTolerance = 0.2;
  if (sorted.size() < kLeast || !(sorted.front() > 0)) return;
  std::size_t cut = 0;
  double widest = kGap;
  const std::size_t edge = sorted.size() / 50;  // 2 % at least on each side
  for (std::size_t i = std::max<std::size_t>(1, edge); i + edge < sorted.size(); ++i)
    if (sorted[i] / sorted[i - 1] > widest) widest = sorted[i] / sorted[i - 1], cut = i;
  if (cut == 0) return;
  const double low = sorted[cut / 2], high = sorted[cut + (sorted.size() - cut) / 2];
  for (const double factor : {10.0, 100.0, 1000.0, 1e6})
    if (std::abs(std::log(high / low / factor)) < kTolerance)
      findings.push_back(
          {"mixed_scales",
           {s.info.name},
           fmt::format(
               "{} values lie around {:.4g} and {} around {:.4g}, about {:g} times as much, "
               "with none between {:.4g} and {:.4g}",
               with_commas(static_cast<long long>(cut)), low,
               with_commas(static_cast<long long>(sorted.size() - cut)), high, factor,
               sorted[cut - 1], sorted[cut]),
           "look whether one unit is meant throughout"});
}

// Values that were cut off at a largest one, which then stands far more often than those below it.
void find_capped(const ColumnSummary& s, std::span<const double> sorted,
                 std::vector<Finding>& findings) {
  constexpr std::int64_t kDistinct = 50, kLeast = 10, kTimes = 5, kBelow = 10;
  if (s.info.distinct < kDistinct) return;
  const auto count_of = [&](double value, std::size_t end) {
    std::size_t at = end;
    while (at > 0 && sorted[at - 1] == value) --at;
    return static_cast<std::int64_t>(end - at);
  };
  const std::int64_t top = count_of(sorted.back(), sorted.size());
  if (top < kLeast || 100 * top < s.info.numbers) return;
  std::int64_t below = 0;  // rows of the next values
  for (std::int64_t i = 0; i < kBelow; ++i) {
    const auto end = sorted.size() - static_cast<std::size_t>(top + below);
    below += count_of(sorted[end - 1], end);
  }
  if (top * kBelow < kTimes * below) return;
  findings.push_back(
      {"capped",
       {s.info.name},
       fmt::format(
           "{} of {} values are the largest one, {}; the {} values below it have {} together",
           with_commas(top), with_commas(s.info.numbers), s.info.max, kBelow, with_commas(below)),
       "what is larger seems to have been cut off: nothing above it can be learned"});
}

// Whole numbers of more digits than a number here has: different ones become equal.
void find_long_numbers(const ColumnSummary& s, std::span<const double> sorted,
                       std::vector<Finding>& findings) {
  constexpr double kMost = 9007199254740992;  // 2^53
  const auto beyond = [&](double value) { return std::abs(value) > kMost; };
  const auto count = std::count_if(sorted.begin(), sorted.end(), beyond);
  if (2 * count < std::ssize(sorted)) return;
  for (const double value : sorted)
    if (std::trunc(value) != value) return;
  findings.push_back(
      {"long_numbers",
       {s.info.name},
       fmt::format("{} of {} values are whole numbers beyond 2^53, where different ones become "
                   "equal: {} different numbers are left",
                   with_commas(count), with_commas(s.info.numbers), with_commas(s.info.distinct)),
       "drop what names a row; what names a group is no amount: declare it categorical"});
}

void find_identifier(const ColumnSummary& s, std::span<const double> sorted,
                     std::vector<Finding>& findings) {
  constexpr std::int64_t kLeast = 50;
  if (s.info.kind == Kind::drop || s.info.rows < kLeast || s.info.missing > 0 ||
      s.info.distinct < s.info.rows || sorted.front() < 0)
    return;
  for (const double value : sorted)
    if (std::trunc(value) != value) return;
  findings.push_back(
      {"identifier",
       {s.info.name},
       fmt::format("each of the {} values is a whole number of its own", with_commas(s.info.rows)),
       "a number that names a row teaches nothing: drop it if this is one"});
}

// "12.5 kg" is 12.5 and "kg"; nothing where there is no number or no unit.
std::string unit_of(std::string_view text) {
  const auto end = text.find_last_of("0123456789");
  if (end == text.npos) return "";
  const auto unit = trim(text.substr(end + 1));
  if (unit.empty() || unit.size() > 8 || !parse_number(trim(text.substr(0, end + 1)))) return "";
  return std::string(unit);
}

void find_units(const ColumnSummary& s, const std::map<std::string, std::int64_t>& units,
                std::vector<Finding>& findings) {
  std::int64_t sum = 0;
  std::string list;
  for (const auto& [unit, rows] : units) {
    sum += rows;
    list += fmt::format("{}{} in '{}'", list.empty() ? "" : ", ", with_commas(rows), shown(unit));
  }
  const std::int64_t values = s.info.rows - s.info.missing;
  if (units.empty() || units.size() > 5 || 10 * (sum + s.info.numbers) < 9 * values) return;
  findings.push_back({units.size() == 1 ? "units_in_text" : "mixed_units",
                      {s.info.name},
                      fmt::format("numbers with units are read as text: {}", list),
                      "bring them to one unit, and write the numbers alone"});
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One to three digits, then groups of three behind one kind of separator: "1.234.567".
bool is_grouped(std::string_view text) {
  char separator = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    if (is_digit(c)) {
      ++digits;
      continue;
    }
    if (!std::strchr(",. '", c) || (separator != 0 && (c != separator || digits != 3)))
      return false;
    if (separator == 0 && (digits == 0 || digits > 3)) return false;
    separator = c, digits = 0;
  }
  return separator == 0 ? digits > 0 : digits == 3;
}

// Numbers that are written otherwise than 1234.5: with a comma before the decimals, with commas,
// points or spaces between thousands, with the sign of a currency.
bool is_written_number(std::string_view text) {
  static constexpr std::string_view kSigns[] = {"-", "+", "$", "\u20ac", "\u00a3", "\u00a5", "-"};
  if (parse_number(text)) return false;
  for (const auto sign : kSigns)
    if (text.starts_with(sign)) text = trim(text.substr(sign.size()));
  const auto last = text.find_last_of(",.");
  if (text.empty() || !is_digit(text.front()) || !is_digit(text.back())) return false;
  if (is_grouped(text)) return true;
  const bool decimals =
      last != text.npos &&
      std::all_of(text.begin() + static_cast<std::ptrdiff_t>(last) + 1, text.end(), is_digit);
  const auto whole = text.substr(0, last);
  return decimals && is_grouped(whole) && whole.find(text[last]) == whole.npos;
}

void find_written_numbers(const ColumnSummary& s, std::int64_t written, std::string_view example,
                          std::vector<Finding>& findings) {
  const std::int64_t values = s.info.rows - s.info.missing;
  if (written == 0 || 10 * (written + s.info.numbers) < 9 * values) return;
  findings.push_back(
      {"numbers_as_text",
       {s.info.name},
       fmt::format("{} like '{}' {} read as text", times(written, "number", "numbers"),
                   shown(example), written == 1 ? "is" : "are"),
       "write 1234.5: a point before the decimals, and nothing between thousands"});
}

std::string simplified(std::string_view text) {
  std::string out(trim(text));
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// Equal but for capitals and spaces at the ends.
void find_spellings(const ColumnSummary& s, const std::set<std::string_view>& values,
                    std::vector<Finding>& findings) {
  std::unordered_map<std::string, std::string_view> first;
  std::int64_t pairs = 0;
  std::string example;
  for (const auto value : values) {
    const auto [at, fresh] = first.emplace(simplified(value), value);
    if (!fresh && ++pairs == 1)
      example = fmt::format("'{}' and '{}'", shown(at->second), shown(value));
  }
  if (pairs > 0)
    findings.push_back({"spellings",
                        {s.info.name},
                        fmt::format("{} only in capitals or spaces: {}",
                                    times(pairs, "value differs", "values differ"), example),
                        "they count as different categories: write them alike"});
}

}  // namespace

void find_in_kind(const ColumnSummary& s, std::vector<Finding>& findings) {
  const auto& info = s.info;
  const std::int64_t present = info.rows - info.missing;
  if (present > 0 && info.distinct == 1 && info.rows > 1)
    findings.push_back({"constant",
                        {info.name},
                        info.missing == 0
                            ? fmt::format("all {} rows have the same value", with_commas(info.rows))
                            : fmt::format("all {} values are the same", with_commas(present)),
                        info.missing == 0 ? "drop it: it teaches nothing"
                                          : "only whether it is missing can teach anything"});
  if (is_prose(s))
    findings.push_back({"free_text",
                        {info.name},
                        fmt::format("{} different texts of {} bytes on average",
                                    with_commas(info.distinct), with_commas(s.bytes / present)),
                        "it gives features where steps are said for it: the step tfidf learns "
                        "from its words"});
  else if (info.kind == Kind::drop && present > 0)
    findings.push_back({"identifier", {info.name}, info.reason, "it is left out of the features"});
  if (2 * info.missing > info.rows)
    findings.push_back({"mostly_missing",
                        {info.name},
                        fmt::format("{} of {} values are missing", with_commas(info.missing),
                                    with_commas(info.rows)),
                        "drop it, or keep whether it is there as a feature"});
  if (info.numbers < present && 2 * info.numbers > present)
    findings.push_back({"text_among_numbers",
                        {info.name},
                        info.reason,
                        "correct the cell, or list its text under `missing`"});
}

void find_in_numbers(const ColumnSummary& s, std::span<const double> sorted,
                     std::vector<Finding>& findings) {
  find_zeros(s, sorted, findings);
  find_scales(s, sorted, findings);
  find_capped(s, sorted, findings);
  find_identifier(s, sorted, findings);
  find_long_numbers(s, sorted, findings);
}

void find_in_text(const Table& table, std::int64_t column, const ColumnSummary& s,
                  std::vector<Finding>& findings) {
  std::map<std::string, std::int64_t> units;
  std::set<std::string_view> values;  // of categories: of free text all differ anyway
  std::int64_t spaced = 0, first = -1, written = 0, written_first = -1;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    if (table.missing(row, column)) continue;
    const auto text = table.cell(row, column);
    if (trim(text).size() != text.size() && ++spaced == 1) first = row;
    if (s.info.kind == Kind::categorical) values.insert(text);
    if (is_written_number(trim(text)) && ++written == 1) written_first = row;
    if (units.size() <= 5)
      if (auto unit = unit_of(text); !unit.empty()) ++units[std::move(unit)];
  }
  if (spaced > 0)
    findings.push_back({"outer_spaces",
                        {s.info.name},
                        fmt::format("{} with spaces at an end, the first in {}",
                                    times(spaced, "value", "values"), table.where(first)),
                        "'a' and 'a ' are different categories: take them off"});
  find_units(s, units, findings);
  if (written > 0 && s.info.kind != Kind::date)
    find_written_numbers(s, written, table.cell(written_first, column), findings);
  find_spellings(s, values, findings);
}

void find_imbalance(const std::vector<Count>& classes, const std::string& target,
                    std::vector<Finding>& findings) {
  constexpr std::int64_t kTimes = 10;
  if (classes.empty()) return;
  const auto [least, most] =
      std::minmax_element(classes.begin(), classes.end(),
                          [](const Count& a, const Count& b) { return a.rows < b.rows; });
  if (most->rows < kTimes * least->rows) return;
  findings.push_back(
      {"imbalance",
       {target},
       fmt::format("'{}' has {}, '{}' has {}", shown(most->value), times(most->rows, "row", "rows"),
                   shown(least->value), times(least->rows, "row", "rows")),
       "accuracy says little here: weigh the classes, split with `stratify`, look at each class"});
}

}  // namespace glia::data
