#include "glia/data/read_table.h"

#include "glia/base/format.h"
#include "glia/data/bytes.h"
#include "glia/data/gzip.h"
#include "glia/data/json_lines.h"
#include "glia/data/npy.h"
#include "glia/data/npy_format.h"
#include "glia/data/table_readers.h"

namespace glia::data {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF", kParquet = "PAR1";

// Whether the first thing in it is a brace: no CSV file of names or numbers begins with one.
bool is_json_lines(std::string_view text) {
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos || text[first] != '{') return false;
  const auto next = text.find_first_not_of(" \t", first + 1);
  return next != text.npos && (text[next] == '"' || text[next] == '}');
}

}  // namespace

Table read_table(std::shared_ptr<const Bytes> source, const CsvOptions& options) {
  const auto text = source->text();
  if (text.starts_with(kParquet)) return read_parquet(std::move(source), options);
  if (is_npy(text) || is_npz(text)) return read_npy_table(std::move(source), options);
  if (is_json_lines(text)) return read_json_lines(std::move(source), options);
  return read_csv(std::move(source), options);
}

Table read_table(const std::filesystem::path& path, const CsvOptions& options) {
  return read_table(Bytes::open_unpacked(path), options);
}

}  // namespace glia::data
