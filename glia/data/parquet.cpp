// Parquet is read through Apache Arrow, which Debian 12 does not have.
#include "glia/base/format.h"
#include "glia/data/table_readers.h"

namespace glia::data {

Table read_parquet(std::shared_ptr<const Bytes> source, const CsvOptions&) {
  fail("E-DATA-191",
       "{}: a Parquet file; this glia was built without Apache Arrow. Write it as CSV, JSON lines "
       "or "
       ".npz first, for example: python3 -c \"import pandas; "
       "pandas.read_parquet('FILE').to_csv('FILE.csv', index=False)\"",
       source->name());
}

}  // namespace glia::data
