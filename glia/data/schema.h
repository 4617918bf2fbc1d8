// What the columns of a table are.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/table.h"

namespace glia::data {

// numeric: a number in each cell. categorical: one of a few values. date: a day, or a day and a
// time (parse_date). text: free text, which gives
// features only where steps are said. drop: no use for
// learning. drop gives none.
enum class Kind : std::uint8_t { numeric, categorical, date, text, drop };
std::string_view name_of(Kind kind);
Kind kind_from(std::string_view name);  // Error E-DATA-13 with the nearest name

struct ColumnInfo {
  std::string name;
  Kind kind = Kind::numeric;
  std::string reason;  // for a person: why it is this kind, where that is not plain
  std::int64_t rows = 0, missing = 0,
               distinct = 0;  // distinct: different numbers, or texts where some cell is text;
                              // missing ones not counted
  std::int64_t numbers = 0;   // cells that are numbers
  double min = 0, max = 0, mean = 0;  // of the numbers; 0 where there are none
  std::vector<std::string> samples;   // the first different values, at most 5
};

struct SchemaOptions {
  std::map<std::string, Kind> kinds = {};  // by name: these columns are what is said here
  std::int64_t max_categories = 256;       // a column of more different texts is text
};

struct Schema {
  std::vector<ColumnInfo> columns;                      // in the table's order
  const ColumnInfo* find(std::string_view name) const;  // or nullptr
};

// Whether a column with so many numbers among its values is meant to be numbers: 95 % and more.
// What is not one is then taken for a mistake, or for a missing value that was not declared.
bool is_mostly_numbers(std::int64_t numbers, std::int64_t values);

// Looks at all cells of the rows. Numbers throughout make a numeric column, and so do numbers in 95
// % of the values: the others, of which `reason` names the first, will be errors where numbers are
// taken (E-DATA-11) and not become categories in silence. Dates throughout make a column of dates.
// Anything else makes a categorical column, but text where more than half of the values differ (or
// there are more than max_categories), and drop where nothing can be learned: no value at all;
// every value different and not a number; a whole number that counts the rows. The last three rules
// want ten rows at least. Errors: E-DATA-10 a kind for an unknown column (with the nearest names);
// E-DATA-11 text in a column declared numeric (with line and value); E-DATA-33 no such row.
Schema infer_schema(const Table& table, const SchemaOptions& options = {});
Schema infer_schema(const Table& table, Rows rows, const SchemaOptions& options = {});

}  // namespace glia::data
