// JSON lines: one object on each line (https://jsonlines.org; the values are those of RFC 8259).
#pragma once

#include <filesystem>
#include <string>

#include "glia/data/csv.h"
#include "glia/data/table.h"

namespace glia::data {

// Reads a table of objects, plain or packed with gzip: a column for each key, in the order in which
// they first occur; keys of objects in objects are joined by dots ("address.city"). A key that a
// line does not have, null and NaN are missing, and so is a string of `options.missing`. Columns of
// numbers alone are numbers; true and false, strings, arrays (as they stand) and a mixture are
// text. Of the options only `missing` and `threads` matter. Blank lines are skipped. The table is
// the same with any number of threads.
// Errors: E-FILE-*; E-DATA-02 no line; -07 not UTF-8; -09 too large; -41, -42, -44 damaged gzip;
// -189 a line that is no object (with line and column); -190 a key twice in one line, or more keys
// than a table can have.
Table read_json_lines(const std::filesystem::path& path, const CsvOptions& options = {});
Table parse_json_lines(std::string text, const CsvOptions& options = {},
                       std::string name = "<text>");

}  // namespace glia::data
