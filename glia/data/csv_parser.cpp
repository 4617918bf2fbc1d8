#include "glia/data/csv_parser.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "glia/base/format.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace glia::data {
namespace {

// Finds separators and line ends, 64 bytes at a time: one bit for each byte of a block.
class Scanner {
 public:
  Scanner(std::string_view text, char separator) : text_(text), separator_(separator) { load(0); }

  // The first separator, '\n' or '\r' at or after `from`; text.size() where there is none. Calls go
  // forward only.
  std::size_t next(std::size_t from) {
    if (from - block_ >= kBlock) load(from / kBlock * kBlock);
    std::uint64_t found =
        from - block_ < kBlock ? mask_ & (~std::uint64_t{0} << (from - block_)) : 0;
    while (!found) {
      if (block_ + kBlock >= text_.size()) return text_.size();
      load(block_ + kBlock);
      found = mask_;
    }
    return block_ + static_cast<std::size_t>(std::countr_zero(found));
  }

 private:
  static constexpr std::size_t kBlock = 64;

  void load(std::size_t block) {
    block_ = block;
    if (block + kBlock <= text_.size()) {
      mask_ = scan(text_.data() + block);
      return;
    }
    char tail[kBlock];
    const std::size_t rest = block < text_.size() ? text_.size() - block : 0;
    std::memset(tail, separator_ == ' ' ? 'x' : ' ', kBlock);  // anything but what is looked for
    if (rest) std::memcpy(tail, text_.data() + block, rest);
    mask_ = scan(tail);
  }

#if defined(__SSE2__)
  std::uint64_t scan(const char* p) const {
    const __m128i separator = _mm_set1_epi8(separator_), lf = _mm_set1_epi8('\n'),
                  cr = _mm_set1_epi8('\r');
    std::uint64_t mask = 0;
    for (int i = 0; i < 4; ++i) {
      const __m128i v = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 16 * i));
      const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, separator),
                                       _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr)));
      mask |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(hit)))
              << 16 * i;
    }
    return mask;
  }
#else
  std::uint64_t scan(const char* p) const {
    std::uint64_t mask = 0;
    for (std::size_t i = 0; i < kBlock; ++i)
      mask |= static_cast<std::uint64_t>(p[i] == separator_ || p[i] == '\n' || p[i] == '\r') << i;
    return mask;
  }
#endif

  std::string_view text_;
  char separator_;
  std::size_t block_ = 0;
  std::uint64_t mask_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, const CsvFormat& format, const MissingWords& missing,
         const std::string& file)
      : text_(text),
        format_(format),
        missing_(missing),
        file_(file),
        scanner_(text, format.separator) {}

  Records all(std::size_t from) {
    std::size_t at = from;
    while (skip_blank_lines(at)) {
      records_.row_starts.push_back(at);
      const std::size_t before = records_.cells.size();
      at = record(at);
      const std::size_t width = records_.cells.size() - before;
      if (records_.row_starts.size() == 1) {
        records_.width = width;
        reserve(at - from);
      } else if (width != records_.width) {
        ragged(width);
      }
    }
    return std::move(records_);
  }

 private:
  bool blank(char c) const {
    return format_.trim && (c == ' ' || c == '\t') && c != format_.separator;
  }

  // Moves `at` to the next line with anything in it; false at the end of the text.
  bool skip_blank_lines(std::size_t& at) const {
    for (std::size_t i = at; i < text_.size(); ++i) {
      if (text_[i] == '\n' || text_[i] == '\r') {
        at = i + 1;
      } else if (!blank(text_[i])) {
        return true;
      }
    }
    return false;
  }

  // Reads the record at `at`; returns where the next line starts.
  std::size_t record(std::size_t at) {
    for (;;) {
      std::size_t start = at;
      while (start < text_.size() && blank(text_[start])) ++start;
      std::size_t end;
      if (start < text_.size() && text_[start] == format_.quote && format_.quote != '\0') {
        end = quoted(start);
      } else {
        end = scanner_.next(start);
        std::size_t last = end;
        while (last > start && blank(text_[last - 1])) --last;
        add(start, text_.substr(start, last - start));
      }
      if (end >= text_.size()) return text_.size();
      at = end + 1;
      if (text_[end] == format_.separator) continue;
      if (text_[end] == '\r' && at < text_.size() && text_[at] == '\n') ++at;
      return at;
    }
  }

  // Reads the quoted cell whose quote is at `open`; returns the separator or line end after it.
  std::size_t quoted(std::size_t open) {
    bool doubled = false;
    std::size_t close = open + 1;
    for (;; close += 2, doubled = true) {
      close = text_.find(format_.quote, close);
      if (close == text_.npos)
        fail("E-DATA-04",
             "{}:{}: the quote opened in column {} is never closed; close it, or read with quote: "
             "none where quotes are letters",
             file_, line_of(text_, open), column());
      if (close + 1 >= text_.size() || text_[close + 1] != format_.quote) break;
    }
    const auto inner = text_.substr(open + 1, close - open - 1);
    if (doubled) {
      add_unescaped(inner);
    } else {
      add(open + 1, inner);
    }
    std::size_t end = close + 1;
    while (end < text_.size() && blank(text_[end])) ++end;
    if (end < text_.size() && text_[end] != format_.separator && text_[end] != '\n' &&
        text_[end] != '\r')
      fail("E-DATA-04",
           "{}:{}: column {} has text after its closing quote; write a quote inside a quoted cell "
           "twice",
           file_, line_of(text_, close), of_last_cell());
    return end;
  }

  void add(std::size_t start, std::string_view cell) {
    if (cell.size() > kMaxLength) too_long(cell.size());
    records_.cells.push_back(pack(start, cell.size(), missing_.holds(cell)));
  }

  void add_unescaped(std::string_view inner) {
    const std::size_t start = records_.arena.size();
    for (std::size_t i = 0; i < inner.size(); ++i) {
      records_.arena.push_back(inner[i]);
      if (inner[i] == format_.quote) ++i;  // its double
    }
    add(text_.size() + start, std::string_view(records_.arena).substr(start));
  }

  // The column being read, from 1.
  std::size_t of_last_cell() const { return column() > 1 ? column() - 1 : records_.width; }
  std::size_t column() const {
    return records_.width == 0 ? records_.cells.size() + 1
                               : records_.cells.size() % records_.width + 1;
  }

  // One allocation for a regular file, from the size of what was read.
  void reserve(std::size_t record_bytes) {
    const std::size_t rows = (text_.size() / std::max<std::size_t>(record_bytes, 1)) * 9 / 8 + 16;
    const std::size_t most =
        text_.size() / 2 / records_.width + 2;  // a cell takes two bytes or more
    records_.row_starts.reserve(std::min(rows, most));
    records_.cells.reserve(std::min(rows, most) * records_.width);
  }

  [[noreturn]] void ragged(std::size_t width) const {
    fail("E-DATA-03",
         "{}:{}: this row has {} cells; expected {} as in line {}; check its separators ('{}') and "
         "quotes",
         file_, line_of(text_, records_.row_starts.back()), width, records_.width,
         line_of(text_, records_.row_starts.front()),
         format_.separator == '\t' ? "tab" : std::string(1, format_.separator));
  }

  [[noreturn]] void too_long(std::size_t bytes) const {
    fail("E-DATA-09", "{}:{}: a cell of {} bytes; expected at most {}; is a quote missing?", file_,
         line_of(text_, records_.row_starts.back()), bytes, kMaxLength);
  }

  std::string_view text_;
  const CsvFormat& format_;
  const MissingWords& missing_;
  const std::string& file_;
  Scanner scanner_;
  Records records_;
};

}  // namespace

MissingWords::MissingWords(const std::vector<std::string>& words) : words_(words) {
  for (const auto& word : words_) {
    if (word.empty()) {
      empty_ = true;
    } else {
      first_[static_cast<unsigned char>(word[0])] = true;
      longest_ = std::max(longest_, word.size());
    }
  }
}

bool MissingWords::listed(std::string_view cell) const {
  return std::find(words_.begin(), words_.end(), cell) != words_.end();
}

Records parse_records(std::string_view text, std::size_t from, const CsvFormat& format,
                      const MissingWords& missing, const std::string& file) {
  if (text.size() > kMaxStart / 2)
    fail("E-DATA-09", "{}: {} bytes; expected at most {}; cut the file into parts", file,
         text.size(), kMaxStart / 2);
  return Parser(text, format, missing, file).all(from);
}

std::vector<int> count_fields(std::string_view text, const CsvFormat& format, std::size_t most) {
  std::vector<int> counts;
  int fields = 1;
  bool quoted = false, fresh = true, anything = false;
  for (std::size_t i = 0; i < text.size() && counts.size() < most; ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == format.quote) quoted = i + 1 < text.size() && text[i + 1] == c ? (++i, true) : false;
    } else if (c == '\n' || c == '\r') {
      if (anything) counts.push_back(fields);
      fields = 1, fresh = true, anything = false;
    } else {
      anything = anything || (c != ' ' && c != '\t') || c == format.separator;
      if (c == format.separator)
        ++fields, fresh = true;
      else if (fresh && c == format.quote && c != '\0')
        quoted = true, fresh = false;
      else if (c != ' ')
        fresh = false;
    }
  }
  if (anything && counts.size() < most) counts.push_back(quoted ? -1 : fields);
  return counts;
}

}  // namespace glia::data
