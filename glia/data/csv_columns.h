// Internal: cells of lines that are alike, a column at a time.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/data/csv_cells.h"
#include "glia/data/csv_parser.h"
#include "glia/data/pool.h"
#include "glia/data/storage.h"

namespace glia::data {

// What a reader is to make of a column.
enum class Want : std::uint8_t { nothing, numbers, cells };

// Whether no number can be taken for anything else: a missing value, or several cells.
bool plain_numbers(const CsvFormat& format, const MissingWords& missing);

// Reads the lines that `ends` was found of into `piece`, whose words are taken from `pool`;
// columns that are not wanted stay as they are there. One that was wanted as numbers and has text
// ends as nothing.
void read_columns(std::string_view text, const CellEnds& ends, const CsvFormat& format,
                  const MissingWords& missing, std::vector<Want> wants, Pool& pool, Piece& piece);

}  // namespace glia::data
