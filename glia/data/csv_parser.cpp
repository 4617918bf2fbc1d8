#include "glia/data/csv_parser.h"

#include <cstring>

#include "glia/base/error.h"
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

void find_cells(std::string_view text, std::size_t start, const CsvFormat& format,
                std::vector<std::string_view>& cells) {
  struct Finder {
    std::vector<std::string_view>& cells;
    void record(std::size_t) {}
    void cell(std::size_t column, std::size_t, std::string_view text) {
      if (column >= cells.size()) cells.resize(column + 1);
      cells[column] = text;
    }
    void doubled(std::size_t column, std::string_view inner) { cell(column, 0, inner); }
    void bad(const CsvMistake&) {}
  };
  cells.clear();
  Finder finder{cells};
  CsvFormat own = format;
  own.whole = true;
  CsvParser<Finder>(text, own, finder).read(start, start, 1);
}

std::size_t valid_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const std::size_t n = text.size();
  std::size_t i = 0;
  while (i < n) {
    if (p[i] < 0x80) {  // most text is ASCII: 64 bytes at a time
      for (std::uint64_t w[8]; i + 64 <= n; i += 64) {
        std::memcpy(w, p + i, 64);
        if ((w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) & 0x8080808080808080u) break;
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

void fail_mistake(std::string_view text, const CsvFormat& format, const CsvMistake& mistake) {
  const auto line = line_of(text, mistake.at, format.first_line);
  switch (mistake.kind) {
    case CsvMistake::Kind::too_long:
      fail("E-DATA-09", "{}:{}: a cell of {} bytes; expected at most {}; is a quote missing?",
           format.file, line, mistake.number, kMaxLength);
    case CsvMistake::Kind::never_closed:
      fail("E-DATA-04",
           "{}:{}: the quote opened in column {} is never closed; close it, or read with quote: "
           "none where quotes are letters",
           format.file, line, mistake.number);
    case CsvMistake::Kind::text_after_quote:
      fail("E-DATA-04",
           "{}:{}: column {} has text after its closing quote; write a quote inside a quoted cell "
           "twice",
           format.file, line, mistake.number);
    case CsvMistake::Kind::not_utf8: {
      const bool wide = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
      fail("E-DATA-07",
           "{}:{}: byte 0x{:02X} is not UTF-8; convert the file, for example with 'iconv -f {} -t "
           "UTF-8'",
           format.file, line, static_cast<unsigned char>(text[mistake.at]),
           wide ? "UTF-16" : "WINDOWS-1252");
    }
    default:
      fail("E-DATA-03",
           "{}:{}: this row has {} cells; expected {} as in line {}; check its separators ('{}') "
           "and quotes",
           format.file, line, mistake.number, format.columns, format.width_line,
           format.separator == '\t' ? "tab" : std::string(1, format.separator));
  }
}

std::string told(std::string_view text, const CsvFormat& format, const CsvMistake& mistake) {
  try {
    fail_mistake(text, format, mistake);
  } catch (const Error& error) {
    return error.what();
  }
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
