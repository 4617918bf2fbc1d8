// Tables of every format that is read.
#pragma once

#include <filesystem>

#include "glia/data/csv.h"
#include "glia/data/table.h"

namespace glia::data {

// Reads a table by what its bytes are, not by its name: NumPy arrays (.npy, .npz) and Parquet are
// known by their first bytes, JSON lines by an object at the beginning; what is nothing of these is
// CSV. `options` hold as far as a format has them. Errors: those of read_csv, read_json_lines and
// read_npy_table; E-DATA-191 Parquet where this glia was built without Apache Arrow.
Table read_table(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace glia::data
