// Internal: the readers of tables, of bytes that are there already (a pipe can be read but once).
#pragma once

#include <memory>

#include "glia/data/bytes.h"
#include "glia/data/csv.h"
#include "glia/data/table.h"

namespace glia::data {

Table read_csv(std::shared_ptr<const Bytes> source, const CsvOptions& options);
Table read_json_lines(std::shared_ptr<const Bytes> source, const CsvOptions& options);
Table read_npy_table(std::shared_ptr<const Bytes> source, const CsvOptions& options);
Table read_parquet(std::shared_ptr<const Bytes> source, const CsvOptions& options);
Table read_table(std::shared_ptr<const Bytes> source, const CsvOptions& options);  // any of them

}  // namespace glia::data
