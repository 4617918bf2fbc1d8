#include "glia/data/json_lines.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv_parser.h"
#include "glia/data/csv_pieces.h"
#include "glia/data/each.h"
#include "glia/data/json_scanner.h"
#include "glia/data/table_pieces.h"
#include "glia/data/table_readers.h"

namespace glia::data {
namespace {

constexpr std::size_t kPieceBytes = 512 << 10;
constexpr std::size_t kMostColumns = 1 << 14;
// A table has a place for each key of each line. Where few lines have most keys, that is far more
// than the file; this many places for a byte of it still are.
constexpr std::size_t kPlacesPerByte = 16, kPlacesAtLeast = 1 << 20;
constexpr Cell kNothing = 1;  // a missing cell without a text

// A key's cells, as far as lines have them: the others are missing.
struct Column {
  std::string name;
  std::vector<Cell> cells;
  bool numbers = true;  // what is not missing
};

// Takes the lines of a piece.
class PieceSink {
 public:
  PieceSink(std::string_view text, const std::string& file, const MissingWords& missing)
      : text_(text), file_(file), missing_(missing) {}

  void record(std::size_t start) {
    row_starts.push_back(start);
    next_ = 0;
  }

  void value(std::string_view name, JsonType type, std::string_view text, bool escaped) {
    Column& column = find(name);
    const std::size_t rows = row_starts.size();
    if (column.cells.size() == rows)
      fail("E-DATA-190", "{}:{}: the key '{}' stands twice in this line; expected it once", file_,
           line_of(text_, row_starts.back()), shown(name));
    column.cells.resize(rows - 1, kNothing);
    auto start = static_cast<std::uint64_t>(text.data() - text_.data());
    if (escaped) {
      const std::size_t begin = arena.size();
      if (!append_json_string(arena, text))
        fail_json(text_, start, file_,
                  "an escape that is none; expected \\n, \\\", \\u00e9 and the like");
      start = text_.size() + begin;
      text = std::string_view(arena).substr(begin);
    }
    if (text.size() > kMaxLength)
      fail("E-DATA-09", "{}:{}: a value of {} bytes; expected at most {}", file_,
           line_of(text_, row_starts.back()), text.size(), kMaxLength);
    const bool missing =
        type == JsonType::null || (type == JsonType::string && missing_.holds(text));
    column.cells.push_back(type == JsonType::null ? kNothing : pack(start, text.size(), missing));
    column.numbers = column.numbers && (missing || type == JsonType::number);
  }

  std::vector<std::uint64_t> row_starts;
  std::vector<Column> columns;
  std::string arena;

 private:
  // Lines mostly have the same keys in the same order.
  Column& find(std::string_view name) {
    if (next_ < columns.size() && columns[next_].name == name) return columns[next_++];
    const auto known = places_.find(std::string(name));
    if (known != places_.end()) {
      next_ = known->second + 1;
      return columns[known->second];
    }
    if (columns.size() == kMostColumns)
      fail("E-DATA-190", "{}:{}: more than {} different keys; expected the same few in each line",
           file_, line_of(text_, row_starts.back()), kMostColumns);
    places_.emplace(name, columns.size());
    columns.push_back({std::string(name), {}, true});
    next_ = columns.size();
    return columns.back();
  }

  std::string_view text_;
  const std::string& file_;
  const MissingWords& missing_;
  std::unordered_map<std::string, std::size_t> places_;
  std::size_t next_ = 0;  // the column that comes next, by the lines before
};

class Reader {
 public:
  Reader(Table::Storage& storage, const MissingWords& missing)
      : storage_(storage), text_(storage.source->text()) {
    std::size_t at = text_.starts_with("\xEF\xBB\xBF") ? 3 : 0;  // byte-order mark
    while (at < text_.size()) {
      // No line end stands inside a JSON string, so any of them ends a record.
      const std::size_t end = text_.find('\n', std::min(at + kPieceBytes, text_.size()));
      sections_.push_back({at,
                           end == text_.npos ? text_.size() : end + 1,
                           PieceSink(text_, storage.source->name(), missing),
                           {}});
      at = sections_.back().end;
    }
  }

  void read(int threads) {
    in_parallel(threads, [this](Section& section) { scan(section); });
    join_columns();
    in_parallel(threads, [this](Section& section) { convert(section); });
    for (Section& section : sections_) append_piece(storage_, std::move(section.piece));
  }

 private:
  struct Section {
    std::size_t start, end;
    PieceSink sink;
    RawPiece piece;
  };

  template <class Work>
  void in_parallel(int threads, const Work& work) {
    each(std::ssize(sections_), threads,
         [&](std::int64_t s) { work(sections_[static_cast<std::size_t>(s)]); });
  }

  void scan(Section& section) {
    const std::string& file = storage_.source->name();
    check_encoding(text_, section.start, section.end, file);
    JsonScanner<PieceSink> scanner(text_, file, section.sink);
    for (std::size_t at = section.start; at < section.end;) {
      const char c = text_[at];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++at;
        continue;
      }
      section.sink.record(at);
      at = scanner.read(at);
    }
  }

  // The keys of all sections, in the order of their first line.
  void join_columns() {
    std::unordered_map<std::string_view, std::size_t> places;
    std::size_t rows = 0;
    std::vector<std::string> names;
    for (const Section& section : sections_) {
      rows += section.sink.row_starts.size();
      for (const Column& column : section.sink.columns) {
        const auto [at, fresh] = places.emplace(column.name, names.size());
        if (fresh) names.push_back(column.name), storage_.numeric.push_back(true);
        if (!column.numbers) storage_.numeric[at->second] = false;
      }
    }
    const std::string& file = storage_.source->name();
    if (rows == 0) fail("E-DATA-02", "{}: there is no line with an object in it", file);
    if (names.empty()) fail("E-DATA-02", "{}: no object has a key; expected columns", file);
    if (names.size() > kMostColumns ||
        rows > (kPlacesPerByte * text_.size() + kPlacesAtLeast) / names.size())
      fail("E-DATA-190",
           "{}: {} different keys in {} lines, of which each has few; expected the same keys in "
           "each line: make keys that are values ({{\"2024\": 5}}) values of a key",
           file, names.size(), rows);
    set_names(storage_, std::move(names));
  }

  void convert(Section& section) const {
    const std::size_t rows = section.sink.row_starts.size();
    const Table::Storage& s = storage_;
    RawPiece& piece = section.piece;
    piece.words.resize(s.names->list.size());
    for (Column& column : section.sink.columns) {
      column.cells.resize(rows, kNothing);
      const auto at = static_cast<std::size_t>(s.names->places.at(column.name));
      piece.words[at] = std::move(column.cells);
      if (!s.numeric[at]) continue;
      for (std::uint64_t& word : piece.words[at]) {
        double value = std::numeric_limits<double>::quiet_NaN();
        if (!is_missing(word)) read_number(text_.substr(start_of(word), length_of(word)), value);
        word = std::bit_cast<std::uint64_t>(value);
      }
    }
    for (std::size_t c = 0; c < piece.words.size(); ++c)
      if (piece.words[c].empty())
        piece.words[c].assign(rows, s.numeric[c] ? std::bit_cast<std::uint64_t>(
                                                       std::numeric_limits<double>::quiet_NaN())
                                                 : kNothing);
    piece.row_starts = std::move(section.sink.row_starts);
    piece.arena = std::move(section.sink.arena);
  }

  void read_number(std::string_view text, double& value) const {
    if (!parse_number(text, value))
      fail_json(text_, static_cast<std::size_t>(text.data() - text_.data()),
                storage_.source->name(),
                "the number is too large; expected one below 1.8e308, or a text");
  }

  Table::Storage& storage_;
  std::string_view text_;
  std::vector<Section> sections_;
};

unsigned hex4(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return ~0u;
    value = value << 4 | static_cast<unsigned>(digit);
  }
  return digits.size() == 4 ? value : ~0u;
}

void append_utf8(std::string& out, unsigned code) {
  const auto more = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6), more(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12), more(6), more(0);
  } else {
    out += static_cast<char>(0xF0 | code >> 18), more(12), more(6), more(0);
  }
}

}  // namespace

Table read_json_lines(std::shared_ptr<const Bytes> source, const CsvOptions& options) {
  if (source->text().size() > kMaxStart / 2)
    fail("E-DATA-09", "{}: {} bytes; expected at most {}; cut the file into parts", source->name(),
         source->text().size(), kMaxStart / 2);
  auto storage = std::make_shared<Table::Storage>();
  storage->path = source->path().string();
  storage->source = std::move(source);
  storage->form = Table::Storage::Form::json_lines;
  storage->header = true;
  storage->format.file = storage->source->name();
  const MissingWords missing(options.missing);
  Reader(*storage, missing).read(options.threads);
  return Table(std::move(storage));
}

bool append_json_string(std::string& out, std::string_view inner) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
  for (std::size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] != '\\') {
      out += inner[i];
      continue;
    }
    if (++i >= inner.size()) return false;
    if (const auto letter = kLetters.find(inner[i]); letter != kLetters.npos) {
      out += kMeanings[letter];
      continue;
    }
    if (inner[i] != 'u') return false;
    unsigned code = hex4(inner.substr(std::min(i + 1, inner.size()), 4));
    if (code > 0xFFFF || (code >= 0xDC00 && code < 0xE000)) return false;
    i += 4;
    if (code >= 0xD800 && code < 0xDC00) {
      const auto second = inner.substr(i + 1, 6);
      const unsigned low = second.starts_with("\\u") ? hex4(second.substr(2)) : ~0u;
      if (low < 0xDC00 || low > 0xDFFF) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      i += 6;
    }
    append_utf8(out, code);
  }
  return true;
}

void fail_json(std::string_view text, std::size_t at, const std::string& file,
               std::string_view what) {
  const auto line_start = text.substr(0, at).rfind('\n');
  fail("E-DATA-189", "{}:{}:{}: {}", file, line_of(text, at),
       at - (line_start == text.npos ? 0 : line_start + 1) + 1, what);
}

Table read_json_lines(const std::filesystem::path& path, const CsvOptions& options) {
  return read_json_lines(Bytes::open_unpacked(path), options);
}

Table parse_json_lines(std::string text, const CsvOptions& options, std::string name) {
  return read_json_lines(Bytes::own(std::move(text), std::move(name)), options);
}

std::string_view find_json_value(const Table::Storage& storage, std::size_t start,
                                 std::string_view name) {
  struct Finder {
    std::string_view wanted, found;
    void value(std::string_view name, JsonType, std::string_view text, bool) {
      if (name == wanted) found = text;
    }
  } finder{name, {}};
  JsonScanner<Finder>(storage.source->text(), storage.source->name(), finder).read(start);
  return finder.found;
}

}  // namespace glia::data
