// Internal: a whole CSV text, read in pieces by several threads.
#pragma once

#include <string>

#include "glia/data/csv_parser.h"
#include "glia/data/storage.h"

namespace glia::data {

// Reads the records from `from` on into `storage`, whose `source` and `format` are set, and whose
// `numeric` says which columns are numbers as far as is known. Pieces are cut at line ends near
// every half a megabyte, as if no cell held one; a piece that a quoted line end cut wrongly is read
// once more from where the one before it ended. So the table, and the error for bad text (the first
// in the file), are the same with any number of threads. Errors E-DATA-03, -04, -07, -09.
void read_pieces(Table::Storage& storage, std::size_t from, const MissingWords& missing,
                 int threads);

// Error E-DATA-07 where text[from..to) is not UTF-8.
void check_encoding(std::string_view text, std::size_t from, std::size_t to,
                    const std::string& file);

}  // namespace glia::data
