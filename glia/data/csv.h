// Comma-separated values, RFC 4180 and what people write instead of it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/table.h"

namespace glia::data {

enum class Header { automatic, yes, no };

// stop: the first record that cannot be read is an error. skip: all such records are left out, and
// counted (Table::skipped).
enum class OnError { stop, skip };

struct CsvOptions {
  // ',', ';', '\t', '|' or another ASCII character; nothing: guessed from the first records.
  std::optional<char> separator = std::nullopt;
  // yes: the first record names the columns. automatic: it does where it cannot be data, that is
  // where none of its cells is a number and some column is numbers below it, or, where all is text,
  // where none of its cells occurs again below. A name that stands there twice is an error.
  Header header = Header::automatic;
  // Names of the columns, as many as there are. With a header they replace its names; without
  // `header: yes` they say that the first record is data.
  std::vector<std::string> names = {};
  // What stands for a missing value, compared with the whole cell, quoted or not.
  std::vector<std::string> missing = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  bool trim = true;  // spaces and tabs around cells that are not quoted
  char quote = '"';  // '\0': quotes are letters like any other
  OnError on_error = OnError::stop;
  int threads = 0;  // that read; 0: all that the process may use. The table is the same.
};

// Reads a CSV file: every line ending, quotes (doubled inside; line ends and separators in them are
// text), a byte-order mark, lines that are blank (skipped), all of it plain or packed with gzip
// (known by its first bytes; up to 4 GiB). Cells are views into the mapped file.
// Columns without a name are called column_1, column_2, ... Text must be UTF-8.
// Errors: E-FILE-01 to -05 a file that cannot be read; E-DATA-02 nothing in it; -03 a record with
// another number of cells; -04 an unclosed quote, or text after a closing one; -05 a column name
// twice; -06 as many names as columns; -07 not UTF-8; -08 an option; -09 a cell of more than 16 MiB
// or a file above 256 GiB; -15 an archive, a spreadsheet or the like; -41, -42, -44 damaged gzip;
// -120 nothing is left. With OnError::skip a record of another number of cells, with a quote that
// is not right, a cell that is too long or bytes that are not UTF-8 is left out: it ends where it
// would have ended, but behind its first line where its quotes do not say so.
Table read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

// The bytes of a table once more with other options: a pipe can be read but once.
Table read_again(const Table& table, const CsvOptions& options);

// The same from text in memory; `name` stands in messages where the file's name would.
Table parse_csv(std::string text, const CsvOptions& options = {}, std::string name = "<text>");

// `text` as one cell of a CSV file: quoted where the separator, a quote, a line end or a space at
// either end would otherwise change its meaning.
std::string csv_field(std::string_view text, char separator = ',');

}  // namespace glia::data
