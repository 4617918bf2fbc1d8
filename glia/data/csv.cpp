#include "glia/data/csv.h"

#include <algorithm>
#include <cstring>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv_parser.h"
#include "glia/data/storage.h"

namespace glia::data {
namespace {

constexpr std::size_t kSampleBytes = 1 << 16, kSampleRecords = 50, kHeaderSample = 1000;

// The length of the valid UTF-8 (RFC 3629) that `text` starts with.
std::size_t valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t n = text.size();
  std::size_t i = 0;
  while (i < n) {
    if (p[i] < 0x80) {  // most text is ASCII: 32 bytes at a time
      for (std::uint64_t w[4]; i + 32 <= n; i += 32) {
        std::memcpy(w, p + i, 32);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) break;
      }
      while (i < n && p[i] < 0x80) ++i;
      continue;
    }
    const int more = p[i] >= 0xF0 ? 3 : p[i] >= 0xE0 ? 2 : 1;
    if (p[i] < 0xC2 || p[i] > 0xF4 || i + static_cast<std::size_t>(more) >= n) return i;
    // The first continuation byte rules out overlong forms, surrogates and what is above U+10FFFF.
    const unsigned char low = p[i] == 0xE0 ? 0xA0 : p[i] == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = p[i] == 0xED ? 0x9F : p[i] == 0xF4 ? 0x8F : 0xBF;
    if (p[i + 1] < low || p[i + 1] > high) return i;
    for (int k = 2; k <= more; ++k)
      if ((p[i + static_cast<std::size_t>(k)] & 0xC0) != 0x80) return i;
    i += static_cast<std::size_t>(more) + 1;
  }
  return n;
}

// Files of other kinds that people name for a table, by their first bytes.
void refuse_other_kinds(std::string_view text, const std::string& file) {
  static constexpr std::pair<std::string_view, const char*> kKinds[] = {
      {"PK\x03\x04", "a zip archive, or a spreadsheet (.xlsx); export it as CSV, or unpack it"},
      {"BZh", "packed with bzip2; unpack it with bunzip2"},
      {"\xFD"
       "7zXZ",
       "packed with xz; unpack it with unxz"},
      {"\x28\xB5\x2F\xFD", "packed with zstd; unpack it with unzstd"},
      {"PAR1", "a Parquet file; convert it to CSV"},
      {"%PDF-", "a PDF document; convert it to CSV"}};
  for (const auto& [start, what] : kKinds)
    if (text.starts_with(start)) fail("E-DATA-15", "{}: is no table of text but {}", file, what);
}

void check_encoding(std::string_view text, const std::string& file) {
  const std::size_t valid = valid_utf8(text);
  if (valid == text.size()) return;
  const bool wide = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  fail("E-DATA-07",
       "{}:{}: byte 0x{:02X} is not UTF-8; convert the file, for example with 'iconv -f {} -t "
       "UTF-8'",
       file, line_of(text, valid), static_cast<unsigned char>(text[valid]),
       wide ? "UTF-16" : "WINDOWS-1252");
}

void check_options(const CsvOptions& options, const std::string& file) {
  const auto usable = [](char c) {
    return c != '\n' && c != '\r' && c != '\0' && static_cast<unsigned char>(c) < 0x80;
  };
  if (options.separator && (!usable(*options.separator) || *options.separator == options.quote))
    fail("E-DATA-08",
         "{}: the separator must be one ASCII character, no line end and not the quote; try ',', "
         "';', "
         "'|' or a tab",
         file);
  if (options.quote != '\0' && !usable(options.quote))
    fail("E-DATA-08", "{}: the quote must be one ASCII character and no line end", file);
}

// The separator under which the first records agree on the largest number of cells; where they
// agree under none, the one under which most of them do.
char guess_separator(std::string_view text, const CsvOptions& options) {
  // Half a record at the sample's end is no evidence.
  if (text.size() > kSampleBytes) {
    const auto last = text.rfind('\n', kSampleBytes);
    text = text.substr(0, last == text.npos ? kSampleBytes : last);
  }
  char best = ',';
  double best_share = 0.5;
  int best_fields = 1;
  for (const char candidate : {',', ';', '\t', '|'}) {
    const auto counts =
        count_fields(text, {candidate, options.quote, options.trim}, kSampleRecords);
    int mode = 1;
    std::ptrdiff_t votes = 0;
    for (const int count : counts) {
      const auto same = std::count(counts.begin(), counts.end(), count);
      if (same > votes) votes = same, mode = count;
    }
    if (mode < 2) continue;
    const double share = static_cast<double>(votes) / static_cast<double>(counts.size());
    if (share > best_share || (share == best_share && mode > best_fields && share == 1.0))
      best = candidate, best_share = share, best_fields = mode;
  }
  return best;
}

// Whether the first record names the columns: see Header::automatic.
bool find_header(const Table::Storage& s, std::size_t width) {
  const std::size_t rows = std::min(s.row_starts.size(), kHeaderSample);
  const auto text = [&](std::size_t row, std::size_t c) {
    return s.text(s.cells[row * width + c]);
  };
  for (std::size_t c = 0; c < width; ++c) {
    const auto name = text(0, c);
    if (parse_number(name) || (!name.empty() && is_missing(s.cells[c]))) return false;
  }
  bool occurs_again = false;
  for (std::size_t c = 0; c < width; ++c) {
    std::size_t numbers = 0, others = 0;
    for (std::size_t r = 1; r < rows; ++r) {
      if (is_missing(s.cells[r * width + c])) continue;
      ++(parse_number(text(r, c)) ? numbers : others);
      occurs_again = occurs_again || text(r, c) == text(0, c);
    }
    if (numbers > others && !text(0, c).empty()) return true;
  }
  return !occurs_again;
}

void name_columns(Table::Storage& s, std::size_t width, const CsvOptions& options,
                  const std::string& file) {
  s.header = options.header == Header::yes || (options.header == Header::automatic &&
                                               options.names.empty() && find_header(s, width));
  s.skip = s.header ? 1 : 0;
  if (!options.names.empty() && options.names.size() != width)
    fail("E-DATA-06",
         "{}: {} names were given for {} columns (separator '{}'); expected one for each", file,
         options.names.size(), width, s.separator == '\t' ? "tab" : std::string(1, s.separator));
  s.names.reserve(width);  // the map looks into them, so they must not move
  for (std::size_t c = 0; c < width; ++c) {
    std::string name;
    if (!options.names.empty())
      name = options.names[c];
    else if (s.header)
      name = s.text(s.cells[c]);
    if (name.empty()) name = fmt::format("column_{}", c + 1);
    s.names.push_back(std::move(name));
    if (!s.places.emplace(s.names.back(), static_cast<std::int64_t>(c)).second)
      fail(
          "E-DATA-05",
          "{}: two columns are called '{}'; expected different names: rename one, give `names`, or "
          "say `header: false` where the first row is data",
          file, shown(s.names.back()));
  }
}

Table read(std::shared_ptr<const Bytes> source, const CsvOptions& options) {
  const std::string& file = source->name();
  const std::string_view text = source->text();
  check_options(options, file);
  refuse_other_kinds(text, file);
  check_encoding(text, file);
  const std::size_t from = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // byte-order mark

  auto storage = std::make_shared<Table::Storage>();
  storage->source = source;
  storage->path = source->path().string();
  storage->separator =
      options.separator ? *options.separator : guess_separator(text.substr(from), options);
  auto records = parse_records(text, from, {storage->separator, options.quote, options.trim},
                               MissingWords(options.missing), file);
  if (records.row_starts.empty())
    fail("E-DATA-02", "{}: the file is empty ({} bytes, no row); expected rows of cells", file,
         text.size());
  storage->cells = std::move(records.cells);
  storage->row_starts = std::move(records.row_starts);
  storage->arena = std::move(records.arena);
  name_columns(*storage, records.width, options, file);
  if (storage->row_starts.size() == storage->skip)
    fail("E-DATA-02",
         "{}: the file holds a header and no row; expected rows below it (or say `header: false`)",
         file);
  return Table(std::move(storage));
}

}  // namespace

Table read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  return read(Bytes::open_unpacked(path), options);
}

Table read_again(const Table& table, const CsvOptions& options) {
  return read(table.storage_->source, options);
}

Table parse_csv(std::string text, const CsvOptions& options, std::string name) {
  return read(Bytes::own(std::move(text), std::move(name)), options);
}

std::string csv_field(std::string_view text, char separator) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool plain = text.find_first_of("\"\n\r") == text.npos &&
                     text.find(separator) == text.npos &&
                     (text.empty() || (!blank(text.front()) && !blank(text.back())));
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace glia::data
