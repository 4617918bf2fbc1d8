// Internal: how a table keeps its cells.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "glia/data/bytes.h"
#include "glia/data/table.h"

namespace glia::data {

// A cell in eight bytes: where its text starts, how long it is, whether it counts as missing.
// Starts beyond the source's text lie in the arena, where cells with doubled quotes are unescaped.
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

struct Table::Storage {
  std::shared_ptr<const Bytes> source;
  std::string path;
  std::string arena;
  std::vector<Cell> cells;                // row by row
  std::vector<std::uint64_t> row_starts;  // in the source, for line numbers
  std::vector<std::string> names;
  std::unordered_map<std::string_view, std::int64_t> places;  // of the names, which it looks into
  std::size_t skip = 0;  // leading rows that are no data: the header
  char separator = ',';
  bool header = false;

  std::size_t width() const { return names.size(); }
  std::string_view text(Cell c) const {
    const auto start = start_of(c), size = static_cast<std::uint64_t>(source->text().size());
    return start < size ? source->text().substr(start, length_of(c))
                        : std::string_view(arena).substr(start - size, length_of(c));
  }
  Cell at(std::int64_t row, std::int64_t column) const {
    return cells[(static_cast<std::size_t>(row) + skip) * width() +
                 static_cast<std::size_t>(column)];
  }
};

// The line of byte `offset`, from 1. LF, CRLF and CR each end a line.
std::int64_t line_of(std::string_view text, std::size_t offset);

}  // namespace glia::data
