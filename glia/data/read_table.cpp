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

TableFormat format_of(std::string_view text) {
  if (text.starts_with(kParquet)) return TableFormat::parquet;
  if (is_npy(text) || is_npz(text)) return TableFormat::numpy;
  return is_json_lines(text) ? TableFormat::json_lines : TableFormat::csv;
}

}  // namespace

TableFormat table_format(const std::filesystem::path& path) {
  // Not the whole: a file that is to be streamed may be larger than the memory. What is packed by
  // gzip is hardly longer than what comes out of it.
  constexpr std::size_t kStart = 1 << 16;
  const std::string bytes = read_start(path, 2 * kStart);
  if (!is_gzip(bytes)) return format_of(bytes);
  std::string start(kStart, '\0');
  GzipReader packed(bytes, path.string());
  start.resize(packed.read(reinterpret_cast<std::byte*>(start.data()), kStart));
  return format_of(start);
}

Table read_table(std::shared_ptr<const Bytes> source, const CsvOptions& options) {
  switch (format_of(source->text())) {
    case TableFormat::parquet:
      return read_parquet(std::move(source), options);
    case TableFormat::numpy:
      return read_npy_table(std::move(source), options);
    case TableFormat::json_lines:
      return read_json_lines(std::move(source), options);
    case TableFormat::csv:
      break;
  }
  return read_csv(std::move(source), options);
}

Table read_table(const std::filesystem::path& path, const CsvOptions& options) {
  return read_table(Bytes::open_unpacked(path), options);
}

}  // namespace glia::data
