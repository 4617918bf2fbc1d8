// Groups and times of rows, from the columns of a table.
#include <numeric>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/dates.h"
#include "glia/data/split.h"

namespace glia::data {
namespace {

std::string name_of(const Table& table, std::int64_t column) {
  return shown(table.names()[static_cast<std::size_t>(column)]);
}

void refuse_missing(const Table& table, std::int64_t column) {
  std::int64_t missing = 0, first = -1;
  for (std::int64_t row = 0; row < table.rows(); ++row)
    if (table.missing(row, column) && missing++ == 0) first = row;
  if (missing > 0)
    fail("E-DATA-174",
         "{}: column '{}', by which the rows are split, has no value in {} rows, first here; fill "
         "it in, or remove these rows",
         table.where(first), name_of(table, column), missing);
}

double time_of(const Table& table, std::int64_t row, std::int64_t column) {
  if (table.numeric(column)) return table.number(row, column);
  const auto text = table.cell(row, column);
  double number = 0;
  if (parse_number(text, number)) return number;
  if (const auto seconds = parse_date(text)) return static_cast<double>(*seconds);
  fail("E-DATA-174",
       "{}: column '{}', by which the rows are split, holds '{}'; expected a number or a date such "
       "as 2024-05-31 or 2024-05-31T14:05",
       table.where(row), name_of(table, column), shown(text));
}

}  // namespace

std::vector<std::int64_t> groups_of(const Table& table, std::int64_t column) {
  refuse_missing(table, column);
  std::unordered_map<std::string_view, std::int64_t> numbers;
  std::vector<std::int64_t> groups;
  for (std::int64_t row = 0; row < table.rows(); ++row)
    groups.push_back(numbers.emplace(table.cell(row, column), std::ssize(numbers)).first->second);
  return groups;
}

std::vector<std::int64_t> joined_groups(std::span<const std::int64_t> a,
                                        std::span<const std::int64_t> b) {
  // Each row points to an earlier one of its group, or to itself.
  std::vector<std::size_t> up(a.size());
  std::iota(up.begin(), up.end(), std::size_t{0});
  const auto root = [&](std::size_t row) {
    while (up[row] != row) row = up[row] = up[up[row]];
    return row;
  };
  for (const auto groups : {a, b}) {
    std::unordered_map<std::int64_t, std::size_t> first;
    for (std::size_t row = 0; row < groups.size(); ++row) {
      const std::size_t x = root(row), y = root(first.emplace(groups[row], row).first->second);
      up[std::max(x, y)] = std::min(x, y);
    }
  }
  std::vector<std::int64_t> joined;
  std::unordered_map<std::size_t, std::int64_t> numbers;
  for (std::size_t row = 0; row < up.size(); ++row)
    joined.push_back(numbers.emplace(root(row), std::ssize(numbers)).first->second);
  return joined;
}

std::vector<double> times_of(const Table& table, std::int64_t column, bool ascending) {
  refuse_missing(table, column);
  std::vector<double> times;
  std::int64_t back = 0, first = 0;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    times.push_back(time_of(table, row, column));
    if (row > 0 &&
        times[static_cast<std::size_t>(row)] < times[static_cast<std::size_t>(row) - 1] &&
        back++ == 0)
      first = row;
  }
  if (ascending && back > 0)
    fail("E-DATA-174",
         "{}: column '{}' goes back in time here: '{}' after '{}' (line {}), the first of {} such "
         "places; sort the file by it, or say sort: true to have the rows sorted",
         table.where(first), name_of(table, column), shown(table.cell(first, column)),
         shown(table.cell(first - 1, column)), table.line(first - 1), back);
  return times;
}

}  // namespace glia::data
