// Rows of a table as they stand in its file.
#include <algorithm>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/labels.h"
#include "glia/data/read_table.h"
#include "glia/experiment/kinds.h"
#include "glia/experiment/table_data.h"

namespace glia::experiment {
namespace {

// Columns of few values among these rows: categories, which rows can be told apart by.
std::vector<std::string> categories_of(const RawRows& raw, const std::set<std::string>& targets) {
  constexpr std::size_t kMostValues = 20;
  std::vector<std::string> names;
  for (std::size_t c = 0; c < raw.columns.size(); ++c) {
    std::set<std::string_view> values;
    bool words = false;
    for (const auto& row : raw.cells) {
      values.insert(row[c]);
      words = words || (!row[c].empty() && !data::parse_number(row[c]));
      if (values.size() > kMostValues) break;
    }
    // Numbers are categories where they are very few: yes and no, 1 to 4.
    const std::size_t most = words ? kMostValues : 4;
    if (values.size() > 1 && values.size() <= most && !targets.contains(raw.columns[c]))
      names.push_back(raw.columns[c]);
  }
  return names;
}

}  // namespace

RawRows TableData::raw(Part part, std::span<const std::int64_t> places) const {
  const bool own = part == Part::test && !test.empty();
  data::Table table = data::read_table(train, csv);
  if (own)
    table =
        data::read_table(test, as_read(csv, table.separator(), table.has_header(), table.names()));
  expect_places(places, table.rows(), own ? test : train);
  RawRows raw;
  raw.columns = table.names();
  std::vector<bool> numeric;
  for (std::int64_t c = 0; c < table.columns(); ++c) numeric.push_back(table.numeric(c));
  const auto place_of_target = table.find(target.column);
  for (const auto place : places) {
    auto& cells = raw.cells.emplace_back();
    for (std::int64_t c = 0; c < table.columns(); ++c) {
      // The text of a number is found again by counting rows, which is slow.
      const bool number = numeric[static_cast<std::size_t>(c)] && !table.missing(place, c);
      cells.push_back(number ? fmt::format("{:.10g}", table.number(place, c))
                             : std::string(table.cell(place, c)));
    }
    if (!place_of_target) continue;
    const auto& truth = cells[static_cast<std::size_t>(*place_of_target)];
    raw.truth.emplace_back(data::strip(truth, target.strip));
  }
  std::set<std::string> targets{target.column};
  for (const auto& more : more_targets) targets.insert(more.options.column);
  raw.categories = categories_of(raw, targets);
  return raw;
}

}  // namespace glia::experiment
