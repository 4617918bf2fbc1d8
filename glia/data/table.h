// A table of text cells: what a reader gives, before any meaning is put into it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace glia::data {

struct CsvOptions;

using Rows = std::span<const std::int64_t>;  // row numbers of a table, counted from 0

// The number that the whole of `text` spells ("3", "-1.5e3", "+7"), or nothing. What is not finite
// is not a number here: "inf" and "1e999" would poison every statistic made of them.
std::optional<double> parse_number(std::string_view text);
bool parse_number(std::string_view text, double& value);  // quicker; `value` is lost where false

// 0, 1, ..., n-1.
std::vector<std::int64_t> all_rows(std::int64_t n);

// Records of a file that could not be read and were left out (CsvOptions::on_error).
struct SkippedRecords {
  std::int64_t count = 0;
  std::vector<std::string> first;  // why, with file and line: of the first few
};

// Columns with names, rows of cells. Immutable, and cheap to copy: copies share the cells. A cell
// takes eight bytes beside the text of its file, which stays mapped while
// a table of it lives: a file that is cut short meanwhile, in place, cannot be read safely (one
// renamed over it can).
class Table {
 public:
  struct Storage;  // of the readers
  explicit Table(std::shared_ptr<const Storage> storage) : storage_(std::move(storage)) {}

  std::int64_t rows() const;
  std::int64_t columns() const;
  const std::vector<std::string>& names() const;
  const std::string& source() const;  // the file's name, for messages
  const std::string& path() const;    // the file, or "" where the table came from memory
  std::string_view bytes() const;     // the whole text of the source
  char separator() const;             // as given or guessed
  bool has_header() const;            // as given or found
  const SkippedRecords& skipped() const;

  std::optional<std::int64_t> find(std::string_view name) const;
  // Error E-DATA-10 with the nearest names where there is no such column.
  std::int64_t column(std::string_view name) const;

  // row: [0, rows), column: [0, columns), not checked. A missing cell keeps its text ("?", "NA").
  // The text of a numeric column is found in the source again, in time that grows with the row.
  std::string_view cell(std::int64_t row, std::int64_t column) const;
  bool missing(std::int64_t row, std::int64_t column) const;
  // In the file, from 1; counts through the text. Of an array: the row.
  std::int64_t line(std::int64_t row) const;
  std::string where(std::int64_t row) const;  // "adult.csv:17", "x.npy row 17"; for messages

  // Whether every cell of a column is a number or missing.
  bool numeric(std::int64_t column) const;

  // A cell's number, NaN where it is missing; and those of a column. Error E-DATA-11 with the line
  // and the value where a cell is text; E-DATA-33 where a row is outside the table.
  double number(std::int64_t row, std::int64_t column) const;
  std::vector<double> numbers(std::int64_t column) const;
  std::vector<double> numbers(std::int64_t column, Rows rows) const;

  void check_rows(Rows rows) const;  // Error E-DATA-33

 private:
  friend Table read_again(const Table& table, const CsvOptions& options);
  std::shared_ptr<const Storage> storage_;
};

}  // namespace glia::data
