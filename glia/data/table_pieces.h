// Internal: making tables of what other readers than that of CSV found.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "glia/data/storage.h"

namespace glia::data {

// Some rows of a table. words: of each column, by row: the bits of a number, NaN where it is
// missing, or a Cell, as Storage::numeric says.
struct RawPiece {
  std::vector<std::uint64_t> row_starts;
  std::vector<std::vector<std::uint64_t>> words;
  std::string arena;
};
void append_piece(Table::Storage& storage, RawPiece piece);

// Gives the columns their names. Error E-DATA-05 where two are alike, -06 where `given` has names,
// but not one for each.
void set_names(Table::Storage& storage, std::vector<std::string> names,
               const std::vector<std::string>& given = {});

}  // namespace glia::data
