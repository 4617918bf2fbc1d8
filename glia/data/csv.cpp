#include "glia/data/csv.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/base/threads.h"
#include "glia/data/csv_parser.h"
#include "glia/data/csv_pieces.h"
#include "glia/data/storage.h"
#include "glia/data/table_readers.h"

namespace glia::data {
namespace {

constexpr std::size_t kSampleBytes = 1 << 16, kSampleRecords = 50, kHeaderSample = 1000;
constexpr std::size_t kHeaderCells = 1 << 20;  // of them, where a table is very wide

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

void check_options(const CsvOptions& options, const std::string& file) {
  if (options.threads < 0)
    fail("E-DATA-08", "{}: threads is {}; expected 1 or more, or 0 for all there are", file,
         options.threads);
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
        count_fields(text, {.separator = candidate, .quote = options.quote, .trim = options.trim},
                     kSampleRecords);
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

// The first records, of which header and numbers are guessed.
struct Head {
  struct Seen {
    std::string text;
    bool missing = false;
  };
  const MissingWords& missing;
  char quote;
  std::vector<std::vector<Seen>> rows;

  void record(std::size_t) { rows.emplace_back(); }
  void cell(std::size_t, std::size_t, std::string_view text) {
    rows.back().push_back({std::string(text), missing.holds(text)});
  }
  void bad(const CsvMistake&) { rows.pop_back(); }
  void doubled(std::size_t, std::string_view inner) {
    std::string text;
    append_unescaped(text, inner, quote);
    cell(0, 0, text);
  }
};

// Whether the first record names the columns: see Header::automatic.
bool find_header(const Head& head) {
  for (const auto& name : head.rows[0])
    if (parse_number(name.text) || (!name.text.empty() && name.missing)) return false;
  bool occurs_again = false;
  for (std::size_t c = 0; c < head.rows[0].size(); ++c) {
    const auto& name = head.rows[0][c].text;
    std::size_t numbers = 0, others = 0;
    for (std::size_t r = 1; r < head.rows.size(); ++r) {
      const auto& cell = head.rows[r][c];
      if (cell.missing) continue;
      ++(parse_number(cell.text) ? numbers : others);
      occurs_again = occurs_again || cell.text == name;
    }
    if (numbers > others && !name.empty()) return true;
  }
  return !occurs_again;
}

// By column: whether there is no text in it, below the header.
std::vector<bool> find_numeric(const Head& head, bool header) {
  std::vector<bool> numeric(head.rows[0].size(), true);
  for (std::size_t r = header ? 1 : 0; r < head.rows.size(); ++r)
    for (std::size_t c = 0; c < numeric.size(); ++c) {
      const auto& cell = head.rows[r][c];
      if (numeric[c] && !cell.missing && !parse_number(cell.text)) numeric[c] = false;
    }
  return numeric;
}

void name_columns(Table::Storage& s, const Head& head, const CsvOptions& options,
                  const std::string& file) {
  const std::size_t width = head.rows[0].size();
  s.header = options.header == Header::yes ||
             (options.header == Header::automatic && options.names.empty() && find_header(head));
  if (!options.names.empty() && options.names.size() != width)
    fail("E-DATA-06",
         "{}: {} names were given for {} columns (separator '{}'); expected one for each", file,
         options.names.size(), width,
         s.format.separator == '\t' ? "tab" : std::string(1, s.format.separator));
  auto names = std::make_shared<Names>();
  names->list.reserve(width);  // the map looks into them, so they must not move
  for (std::size_t c = 0; c < width; ++c) {
    std::string name;
    if (!options.names.empty())
      name = options.names[c];
    else if (s.header)
      name = head.rows[0][c].text;
    if (name.empty()) name = fmt::format("column_{}", c + 1);
    names->list.push_back(std::move(name));
    if (!names->places.emplace(names->list.back(), static_cast<std::int64_t>(c)).second)
      fail(
          "E-DATA-05",
          "{}: two columns are called '{}'; expected different names: rename one, give `names`, or "
          "say `header: false` where the first row is data",
          file, shown(names->list.back()));
  }
  s.names = std::move(names);
}

}  // namespace

Table read_csv(std::shared_ptr<const Bytes> source, const CsvOptions& options) {
  const std::string& file = source->name();
  const std::string_view text = source->text();
  if (text.size() > kMaxStart / 2)
    fail("E-DATA-09", "{}: {} bytes; expected at most {}; cut the file into parts", file,
         text.size(), kMaxStart / 2);
  auto [storage, data] = begin_csv(source, options, true);
  read_pieces(*storage, data, MissingWords(options.missing), threads_of(options));
  if (storage->pieces.empty()) fail_no_rows(file, storage->skipped);
  return Table(std::move(storage));
}

void fail_no_rows(const std::string& file, const SkippedRecords& skipped) {
  if (skipped.count > 0)
    fail("E-DATA-120", "{}: none of its {} rows can be read; the first: {}", file, skipped.count,
         skipped.first.front());
  fail("E-DATA-02",
       "{}: the file holds a header and no row; expected rows below it (or say `header: false`)",
       file);
}

int threads_of(const CsvOptions& options) {
  return options.threads > 0 ? options.threads : usable_threads();
}

CsvBegin begin_csv(const std::shared_ptr<const Bytes>& source, const CsvOptions& options,
                   bool whole) {
  const std::string& file = source->name();
  const std::string_view text = source->text();
  check_options(options, file);
  refuse_other_kinds(text, file);
  const bool skip = options.on_error == OnError::skip;
  if (!skip) check_encoding(text, 0, std::min(text.size(), kSampleBytes), file);
  const std::size_t from = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // byte-order mark

  auto storage = std::make_shared<Table::Storage>();
  storage->source = source;
  storage->path = source->path().string();
  CsvFormat& format = storage->format;
  format = {.separator = options.separator ? *options.separator
                                           : guess_separator(text.substr(from), options),
            .quote = options.quote,
            .trim = options.trim,
            .skip = skip,
            .check_text = skip,
            .whole = whole,
            .file = file};
  const MissingWords missing(options.missing);
  Head head{missing, options.quote, {}};
  CsvParser<Head> parser(text, format, head);
  const std::size_t second = parser.read(from, text.size(), 1);
  const std::size_t wide = head.rows.empty() ? 1 : head.rows.front().size();
  parser.read(
      second, text.size(),
      std::clamp<std::size_t>(kHeaderCells / std::max<std::size_t>(1, wide), 2, kHeaderSample) - 1);
  if (head.rows.empty())
    fail("E-DATA-02", "{}: the file is empty ({} bytes, no row); expected rows of cells", file,
         text.size());
  name_columns(*storage, head, options, file);
  storage->numeric = find_numeric(head, storage->header);
  format.check_text = false;
  return {storage, storage->header ? second : from};
}

Table read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  return read_csv(Bytes::open_unpacked(path), options);
}

Table read_again(const Table& table, const CsvOptions& options) {
  return read_table(table.storage_->source, options);
}

Table parse_csv(std::string text, const CsvOptions& options, std::string name) {
  return read_csv(Bytes::own(std::move(text), std::move(name)), options);
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
