// Internal: how a table keeps its cells.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "glia/data/bytes.h"
#include "glia/data/pool.h"
#include "glia/data/table.h"

namespace glia::data {

// A cell in eight bytes: where its text starts, how long it is, whether it counts as missing.
// Starts beyond the source's text lie in the piece's arena, where cells with doubled quotes are
// unescaped.
using Cell = std::uint64_t;
inline constexpr int kLengthBits = 24, kStartBits = 39;
inline constexpr std::uint64_t kMaxLength = (std::uint64_t{1} << kLengthBits) - 1;  // 16 MiB
inline constexpr std::uint64_t kMaxStart = (std::uint64_t{1} << kStartBits) - 1;    // 512 GiB

inline Cell pack(std::uint64_t start, std::uint64_t length, bool missing) {
  return start << (kLengthBits + 1) | length << 1 | (missing ? 1u : 0u);
}
inline std::uint64_t start_of(Cell c) { return c >> (kLengthBits + 1); }
inline std::uint64_t length_of(Cell c) { return c >> 1 & kMaxLength; }
inline bool is_missing(Cell c) { return (c & 1) != 0; }

// What a text is, and what every record of it must look like.
struct CsvFormat {
  char separator = ',';
  char quote = '"';
  bool trim = true;
  bool skip = false;            // a record that cannot be read is left out, and told to the sink
  bool check_text = false;      // skip those that are not UTF-8 as well
  bool whole = true;            // nothing comes behind the text: it is no part of a longer one
  std::string file = {};        // for messages
  std::int64_t first_line = 1;  // the line that the text starts with
  std::size_t columns = 0;      // of the first record; none: not read yet
  std::int64_t width_line = 0;  // where that stands
  bool blank(char c) const { return trim && (c == ' ' || c == '\t') && c != separator; }
};

// Why a record cannot be read.
struct CsvMistake {
  enum class Kind : std::uint8_t {
    none,
    ragged,
    too_long,
    never_closed,
    text_after_quote,
    not_utf8
  };
  Kind kind = Kind::none;
  std::size_t at = 0;      // in the text
  std::size_t number = 0;  // of cells; of bytes; of the column, from 1
};

// Records that were left out.
struct Mistakes {
  std::int64_t count = 0;
  std::vector<CsvMistake> first;  // at most kMistakesShown
};
inline constexpr std::size_t kMistakesShown = 5;

// Rows that were read together, by one thread. A column's words are the bits of its numbers, NaN
// where a cell is missing, or else cells. Numbers need no cells: their text is found again in the
// source where a message wants it.
struct Piece {
  std::span<const std::uint64_t> row_starts;            // in the source
  std::vector<std::span<const std::uint64_t>> columns;  // by row
  std::string arena;                                    // cells that had to be unescaped
  Mistakes mistakes;
  std::size_t rows() const { return row_starts.size(); }
  double number(std::size_t column, std::size_t row) const {
    return std::bit_cast<double>(columns[column][row]);
  }
};

// The text of numbers that come from a file without any, as far as it was asked for.
class NumberTexts {
 public:
  std::string_view of(double value);  // stays while this does; NaN: ""

 private:
  std::mutex mutex_;
  std::unordered_map<double, std::string> texts_;
};

// Of the columns; pieces of one file share them.
struct Names {
  std::vector<std::string> list;
  std::unordered_map<std::string_view, std::int64_t> places;  // it looks into the list
};

struct Table::Storage {
  // Where a number's text is found again, and how a message names a row: by its line, or by its
  // number in an array of numbers.
  enum class Form : std::uint8_t { csv, json_lines, array };
  Form form = Form::csv;
  std::uint64_t id = next_id();        // from 1; of no other table of the process
  std::unique_ptr<NumberTexts> texts;  // of arrays
  std::shared_ptr<const Bytes> source;
  std::string path;
  CsvFormat format;
  std::vector<Pool> pools;                        // where the words of the pieces lie
  std::vector<std::vector<std::uint64_t>> owned;  // likewise, of readers that have them at once
  std::vector<Piece> pieces;
  std::vector<std::size_t> first_rows;  // of the pieces
  std::vector<std::uint32_t> piece_of;  // by row
  std::vector<bool> numeric;            // by column: whether its parts are numbers
  std::shared_ptr<const Names> names;
  bool header = false;
  SkippedRecords skipped;

  static const Storage& of(const Table& table) { return *table.storage_; }

  std::string_view text(Cell c, const Piece& piece) const {
    const auto start = start_of(c), size = static_cast<std::uint64_t>(source->text().size());
    return start < size ? source->text().substr(start, length_of(c))
                        : std::string_view(piece.arena).substr(start - size, length_of(c));
  }
  // The text of a number; of a missing one what stands in its place.
  std::string_view number_text(const Piece& piece, std::size_t row, std::size_t column) const;

  static std::uint64_t next_id() {
    static std::atomic<std::uint64_t> count{0};
    return ++count;
  }
  // A row's piece, and its place there.
  std::pair<const Piece&, std::size_t> find(std::int64_t row) const {
    const auto at = static_cast<std::size_t>(row);
    const std::uint32_t piece = piece_of[at];
    return {pieces[piece], at - first_rows[piece]};
  }
};

// The words of a column by row, which is not checked. Rows that follow each other mostly lie in one
// piece.
class ColumnWords {
 public:
  ColumnWords(const Table::Storage& storage, std::int64_t column)
      : storage_(storage), column_(static_cast<std::size_t>(column)) {}

  std::uint64_t operator[](std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    if (at - first_ >= words_.size()) find(at);
    return words_[at - first_];
  }
  // Those of some rows: where they lie, if the rows `follow` each other, and in one piece; else in
  // `room`.
  std::span<const std::uint64_t> of(Rows rows, bool follow, std::vector<std::uint64_t>& room);
  const Piece& piece() const { return *piece_; }  // of the row asked for last

 private:
  void find(std::size_t row);

  const Table::Storage& storage_;
  std::size_t column_;
  const Piece* piece_ = nullptr;
  std::span<const std::uint64_t> words_;
  std::size_t first_ = 0;  // the row of the first of them
};

// Cells of a column, nothing where one is missing: quicker than Table::cell() and missing() for
// each row. Those of a numeric column cost what cell() costs. Error E-DATA-33. The second takes
// memory that was used before, and does not check the rows.
using Texts = std::vector<std::optional<std::string_view>>;
Texts texts_of(const Table& table, std::int64_t column, Rows rows);
void put_texts(const Table& table, std::int64_t column, Rows rows, Texts& texts);

// The line of byte `offset`, counted from `first`. LF, CRLF and CR each end a line.
std::int64_t line_of(std::string_view text, std::size_t offset, std::int64_t first = 1);

// Of a table of JSON lines, the text of a value of the line at `start`; "" where it has none.
std::string_view find_json_value(const Table::Storage& storage, std::size_t start,
                                 std::string_view name);

}  // namespace glia::data
