// Internal: the start of a CSV text, and a whole one, read in pieces by several threads.
#pragma once

#include <memory>
#include <string>

#include "glia/data/csv.h"
#include "glia/data/csv_parser.h"
#include "glia/data/storage.h"

namespace glia::data {

struct CsvBegin {
  std::shared_ptr<Table::Storage> storage;  // without rows
  std::size_t data = 0;                     // where they start
};

// What the first records of a text tell of it: separator, names, which columns look like numbers.
// whole: the text is all there is; else CutShort is thrown where it is too short. Errors of
// read_csv().
CsvBegin begin_csv(const std::shared_ptr<const Bytes>& source, const CsvOptions& options,
                   bool whole);

int threads_of(const CsvOptions& options);

[[noreturn]] void fail_no_rows(const std::string& file, const SkippedRecords& skipped);

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
