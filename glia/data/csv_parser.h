// Internal: records out of CSV text. Knows nothing of names, headers or files, so that a reader in
// pieces can use it as well.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/storage.h"

namespace glia::data {

// The words that mean "missing". Most cells are ruled out by their length or first letter.
class MissingWords {
 public:
  explicit MissingWords(const std::vector<std::string>& words);
  bool holds(std::string_view cell) const {
    if (cell.empty()) return empty_;
    if (cell.size() > longest_ || !first_[static_cast<unsigned char>(cell[0])]) return false;
    return listed(cell);
  }

 private:
  bool listed(std::string_view cell) const;
  std::vector<std::string> words_;
  std::array<bool, 256> first_{};
  std::size_t longest_ = 0;
  bool empty_ = false;
};

struct CsvFormat {
  char separator = ',';
  char quote = '"';
  bool trim = true;
};

struct Records {
  std::vector<Cell> cells;                // record by record
  std::vector<std::uint64_t> row_starts;  // in `text`
  std::string arena;                      // cells that had to be unescaped, from text.size() on
  std::size_t width = 0;                  // cells of each record
};

// Splits text[from..] into records. `file` is for messages. Errors E-DATA-03, -04, -09.
Records parse_records(std::string_view text, std::size_t from, const CsvFormat& format,
                      const MissingWords& missing, const std::string& file);

// The number of cells of each of the first `most` records; -1 stands for a record that a quote
// spoils.
std::vector<int> count_fields(std::string_view text, const CsvFormat& format, std::size_t most);

}  // namespace glia::data
