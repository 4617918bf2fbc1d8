#include "glia/data/csv_columns.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "glia/data/csv_numbers.h"

namespace glia::data {
namespace {

constexpr std::size_t kStripBytes = std::size_t{16} << 10;  // text in a core's first cache

class ColumnReader {
 public:
  ColumnReader(std::string_view text, const CellEnds& ends, const CsvFormat& format,
               const MissingWords& missing, std::size_t columns)
      : text_(text),
        ends_(ends),
        format_(format),
        missing_(missing),
        columns_(columns),
        plain_(plain_numbers(format, missing)) {}

  // Rows [from, from + count) of a column go to `to`. False where one is text.
  bool numbers(std::size_t column, std::size_t from, std::size_t count, std::uint64_t* to) const {
    for (std::size_t row = 0; row < count; ++row) {
      const std::size_t first = (from + row) * columns_ + column;
      if (plain_)
        row += read_number_column(text_, ends_.from(), ends_.ends() + first, columns_,
                                  behind(column), count - row, to + row);
      if (row == count) return true;
      const auto cell = trimmed((from + row) * columns_ + column, column);
      double value = std::numeric_limits<double>::quiet_NaN();
      if (!missing_.holds(cell) && !parse_number(cell, value)) return false;
      to[row] = std::bit_cast<std::uint64_t>(value);
    }
    return true;
  }

  void cells(std::size_t column, std::size_t from, std::size_t count, std::uint64_t* to) const {
    for (std::size_t row = 0; row < count; ++row) {
      const auto cell = trimmed((from + row) * columns_ + column, column);
      to[row] = pack(static_cast<std::size_t>(cell.data() - text_.data()), cell.size(),
                     missing_.holds(cell));
    }
  }

 private:
  std::size_t behind(std::size_t column) const {
    return ends_.returns() && column + 1 == columns_ ? 1 : 0;
  }

  std::string_view trimmed(std::size_t cell, std::size_t column) const {
    std::size_t start = ends_.start(cell), end = ends_.end(cell) - behind(column);
    while (start < end && format_.blank(text_[start])) ++start;
    while (end > start && format_.blank(text_[end - 1])) --end;
    return text_.substr(start, end - start);
  }

  std::string_view text_;
  const CellEnds& ends_;
  const CsvFormat& format_;
  const MissingWords& missing_;
  std::size_t columns_;
  bool plain_;
};

}  // namespace

bool plain_numbers(const CsvFormat& format, const MissingWords& missing) {
  static constexpr std::string_view kOfNumbers = "0123456789+-.eE";
  const auto in_number = [](char c) { return kOfNumbers.find(c) != kOfNumbers.npos; };
  return !in_number(format.separator) && !in_number(format.quote) && !missing.like_numbers();
}

void read_columns(std::string_view text, const CellEnds& ends, const CsvFormat& format,
                  const MissingWords& missing, std::vector<Want> wants, Pool& pool, Piece& piece) {
  const std::size_t columns = wants.size(), rows = ends.rows();
  if (piece.row_starts.empty()) {
    const auto starts = pool.take(rows);
    for (std::size_t row = 0; row < rows; ++row) starts[row] = ends.start(row * columns);
    piece.row_starts = starts;
  }
  std::vector<std::span<std::uint64_t>> to(columns);
  for (std::size_t c = 0; c < columns; ++c)
    if (wants[c] != Want::nothing) to[c] = pool.take(rows);
  const ColumnReader reader(text, ends, format, missing, columns);
  const std::size_t bytes = ends.end(rows * columns - 1) - ends.start(0);
  const std::size_t strip = std::max<std::size_t>(1, rows * kStripBytes / bytes);
  for (std::size_t from = 0; from < rows; from += strip) {
    const std::size_t count = std::min(strip, rows - from);
    for (std::size_t c = 0; c < columns; ++c) {
      if (wants[c] == Want::cells)
        reader.cells(c, from, count, &to[c][from]);
      else if (wants[c] == Want::numbers && !reader.numbers(c, from, count, &to[c][from]))
        wants[c] = Want::nothing, to[c] = {};
    }
  }
  piece.columns.resize(columns);
  for (std::size_t c = 0; c < columns; ++c)
    if (wants[c] != Want::nothing) piece.columns[c] = to[c];
}

}  // namespace glia::data
