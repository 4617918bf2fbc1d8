#include "glia/data/csv_parser.h"

#include "glia/base/format.h"

namespace glia::data {

MissingWords::MissingWords(const std::vector<std::string>& words) : words_(words) {
  for (const auto& word : words_) {
    if (word.empty()) {
      empty_ = true;
    } else {
      first_[static_cast<unsigned char>(word[0])] = true;
      longest_ = std::max(longest_, word.size());
      like_numbers_ = like_numbers_ || parse_number(word);
    }
  }
}

bool MissingWords::listed(std::string_view cell) const {
  return std::find(words_.begin(), words_.end(), cell) != words_.end();
}

std::size_t skip_blank_lines(std::string_view text, std::size_t at, const CsvFormat& format) {
  for (std::size_t i = at; i < text.size(); ++i) {
    if (text[i] == '\n' || text[i] == '\r')
      at = i + 1;
    else if (!format.blank(text[i]))
      return at;
  }
  return text.size();
}

void append_unescaped(std::string& text, std::string_view inner, char quote) {
  for (std::size_t i = 0; i < inner.size(); ++i) {
    text.push_back(inner[i]);
    if (inner[i] == quote) ++i;  // its double
  }
}

std::string_view find_cell(std::string_view text, std::size_t start, std::int64_t column,
                           const CsvFormat& format) {
  struct Finder {
    std::size_t wanted;
    std::string_view found;
    void record(std::size_t) {}
    void cell(std::size_t column, std::size_t, std::string_view text) {
      if (column == wanted) found = text;
    }
    void doubled(std::size_t column, std::string_view inner) { cell(column, 0, inner); }
  };
  Finder finder{static_cast<std::size_t>(column), {}};
  CsvFormat own = format;
  CsvParser<Finder>(text, own, finder).read(start, start, 1);
  return finder.found;
}

void fail_ragged(std::string_view text, const CsvFormat& format, std::size_t record,
                 std::size_t cells) {
  fail("E-DATA-03",
       "{}:{}: this row has {} cells; expected {} as in line {}; check its separators ('{}') and "
       "quotes",
       format.file, line_of(text, record), cells, format.columns,
       line_of(text, format.first_record),
       format.separator == '\t' ? "tab" : std::string(1, format.separator));
}

void fail_too_long(std::string_view text, const CsvFormat& format, std::size_t record,
                   std::size_t bytes) {
  fail("E-DATA-09", "{}:{}: a cell of {} bytes; expected at most {}; is a quote missing?",
       format.file, line_of(text, record), bytes, kMaxLength);
}

void fail_never_closed(std::string_view text, const CsvFormat& format, std::size_t open,
                       std::size_t column) {
  fail("E-DATA-04",
       "{}:{}: the quote opened in column {} is never closed; close it, or read with quote: none "
       "where quotes are letters",
       format.file, line_of(text, open), column);
}

void fail_text_after_quote(std::string_view text, const CsvFormat& format, std::size_t close,
                           std::size_t column) {
  fail("E-DATA-04",
       "{}:{}: column {} has text after its closing quote; write a quote inside a quoted cell "
       "twice",
       format.file, line_of(text, close), column);
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
