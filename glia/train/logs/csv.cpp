#include "glia/train/logs/csv.h"

#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/data/csv.h"

namespace glia::train {

void CsvLog::begin(std::vector<Row> rows) {
  rows_.clear(), columns_.clear(), text_.clear();
  for (auto& row : rows) {
    append(row);
    rows_.push_back(std::move(row));
  }
  if (!rows_.empty()) write();
}

void CsvLog::add(Row row) {
  append(row);
  rows_.push_back(std::move(row));
  write();
}

void CsvLog::append(const Row& row) {
  const auto known = columns_.size();
  for (const auto& [name, value] : row)
    if (std::find(columns_.begin(), columns_.end(), name) == columns_.end())
      columns_.push_back(name);
  const auto line = [&](const Row& cells) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const auto cell = std::find_if(cells.begin(), cells.end(),
                                     [&](const auto& one) { return one.first == columns_[i]; });
      if (i > 0) text_ += ',';
      if (cell != cells.end()) text_ += fmt::format("{}", cell->second);
    }
    text_ += '\n';
  };
  if (columns_.size() != known) {  // rows before this one get empty cells
    text_.clear();
    for (std::size_t i = 0; i < columns_.size(); ++i)
      text_ += (i > 0 ? "," : "") + data::csv_field(columns_[i]);
    text_ += '\n';
    for (const Row& before : rows_) line(before);
  }
  line(row);
}

void CsvLog::write() const { write_atomically(file_, text_); }

}  // namespace glia::train
