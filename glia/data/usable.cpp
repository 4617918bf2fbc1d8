#include "glia/data/usable.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"

namespace glia::data {
namespace {

constexpr std::size_t kShown = 5;

struct Column {
  std::int64_t place;
  bool target, numbers;
  std::string strip;
};

std::vector<Column> columns_of(const Table& table, const std::vector<std::string>& numbers,
                               const std::vector<TargetOptions>& targets) {
  std::vector<Column> columns;
  for (const auto& name : numbers) columns.push_back({table.column(name), false, true, {}});
  for (const auto& target : targets) {
    const std::int64_t place = table.column(target.column);
    const auto listed = std::erase_if(columns, [&](const Column& c) { return c.place == place; });
    const bool of_numbers = target.task ? *target.task == Task::regression : listed > 0;
    columns.push_back({place, true, of_numbers, target.strip});
  }
  // Numbers throughout: nothing to look for but the targets that are missing.
  std::erase_if(columns, [&](const Column& c) { return !c.target && table.numeric(c.place); });
  return columns;
}

}  // namespace

std::vector<std::int64_t> usable_rows(const Table& table, Rows rows,
                                      const std::vector<std::string>& numbers,
                                      const std::vector<TargetOptions>& targets,
                                      SkippedRecords& skipped) {
  table.check_rows(rows);
  const auto columns = columns_of(table, numbers, targets);
  std::vector<std::int64_t> usable;
  usable.reserve(rows.size());
  for (const std::int64_t row : rows) {
    const auto bad = std::find_if(columns.begin(), columns.end(), [&](const Column& c) {
      if (table.missing(row, c.place)) return c.target;
      return c.numbers && !table.numeric(c.place) &&
             !parse_number(strip(table.cell(row, c.place), c.strip));
    });
    if (bad == columns.end()) {
      usable.push_back(row);
      continue;
    }
    ++skipped.count;
    if (skipped.first.size() >= kShown) continue;
    const auto name = shown(table.names()[static_cast<std::size_t>(bad->place)]);
    skipped.first.push_back(
        table.missing(row, bad->place)
            ? fmt::format("{}: target column '{}' has no value", table.where(row), name)
            : fmt::format("{}: column '{}' holds '{}' where a number is expected", table.where(row),
                          name, shown(table.cell(row, bad->place))));
  }
  return usable;
}

}  // namespace glia::data
