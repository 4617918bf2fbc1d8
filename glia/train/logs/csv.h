// A table of a training's records for spreadsheets and pandas. Knows nothing of a training.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace glia::train {

// A CSV file (RFC 4180) of one row for each record. A column is there from the first record on that
// has it; a record without it has an empty cell. The file is written anew by every call, aside and
// then renamed: so it is always whole, and no row stands there twice. Error E-FILE-06, -07.
class CsvLog {
 public:
  using Row = std::vector<std::pair<std::string, double>>;

  explicit CsvLog(std::filesystem::path file) : file_(std::move(file)) {}
  void begin(std::vector<Row> rows);  // those of a run that is gone on with
  void add(Row row);

 private:
  void append(const Row& row);
  void write() const;
  std::filesystem::path file_;
  std::vector<std::string> columns_;
  std::vector<Row> rows_;
  std::string text_;  // of all rows
};

}  // namespace glia::train
