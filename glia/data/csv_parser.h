// Internal: records out of CSV text. Knows nothing of names, headers or files, so that a reader in
// pieces can use it as well.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "glia/data/csv_scanner.h"
#include "glia/data/storage.h"

namespace glia::data {

// The words that mean "missing". Most cells are ruled out by their length or first letter.
class MissingWords {
 public:
  MissingWords() = default;
  explicit MissingWords(const std::vector<std::string>& words);
  // Whether one of them may begin like a number.
  bool like_numbers() const { return like_numbers_; }
  bool holds(std::string_view cell) const {
    if (cell.empty()) return empty_;
    if (cell.size() > longest_ || !first_[static_cast<unsigned char>(cell[0])]) return false;
    return listed(cell);
  }

 private:
  bool listed(std::string_view cell) const;
  std::vector<std::string> words_;
  std::array<bool, 256> first_{};
  std::size_t longest_ = 0;
  bool empty_ = false, like_numbers_ = false;
};

// Where the first line with anything in it starts, at or after `at`; text.size() at the end.
std::size_t skip_blank_lines(std::string_view text, std::size_t at, const CsvFormat& format);

// The number of cells of each of the first `most` records; -1 stands for a record that a quote
// spoils.
std::vector<int> count_fields(std::string_view text, const CsvFormat& format, std::size_t most);

// What a record that cannot be read gets; `column` from 1.
[[noreturn]] void fail_ragged(std::string_view text, const CsvFormat& format, std::size_t record,
                              std::size_t cells);
[[noreturn]] void fail_too_long(std::string_view text, const CsvFormat& format, std::size_t record,
                                std::size_t bytes);
[[noreturn]] void fail_never_closed(std::string_view text, const CsvFormat& format,
                                    std::size_t open, std::size_t column);
[[noreturn]] void fail_text_after_quote(std::string_view text, const CsvFormat& format,
                                        std::size_t close, std::size_t column);

// Adds the text of a cell in which quotes stand twice to `text`.
void append_unescaped(std::string& text, std::string_view inner, char quote);

// The cell `column` of the record that starts at `start`, once more; a quote that stands twice in
// it stays so.
std::string_view find_cell(std::string_view text, std::size_t start, std::int64_t column,
                           const CsvFormat& format);

// Splits a text into records. A `Sink` is told of each record and cell:
//   void record(std::size_t start);                  // a line starts here
//   void cell(std::size_t column, std::size_t start, std::string_view text);
//   void doubled(std::size_t column, std::string_view inner);  // quotes in it stand twice
// and may have a quick way for cells at `start` on: it says how many it took, and where the last of
// them ends, at a separator or a line end.
//   NumberRun quick(std::size_t column, std::size_t start);
template <class Sink>
class CsvParser {
 public:
  CsvParser(std::string_view text, CsvFormat& format, Sink& sink)
      : text_(text), format_(format), sink_(sink), scanner_(text, format.separator) {}

  // Reads the records from `from` on that start at or before `last`, `most` at the most. Returns
  // where the next one starts; text.size() where there is none. Errors E-DATA-03, -04, -09.
  std::size_t read(std::size_t from, std::size_t last, std::size_t most = ~std::size_t{0}) {
    std::size_t at = skip_blank_lines(text_, from, format_);
    scanner_.start(at);
    for (; at < text_.size() && at <= last && most > 0; --most) {
      record_ = at;
      column_ = 0;
      sink_.record(at);
      const std::size_t next = record(at);
      if (format_.columns == 0) format_.first_record = at, format_.columns = column_;
      if (column_ != format_.columns) fail_ragged(text_, format_, record_, column_);
      at = next;
      if (at < text_.size() && (text_[at] == '\n' || text_[at] == '\r' || format_.blank(text_[at])))
        at = skip_blank_lines(text_, at, format_);
    }
    return at;
  }

 private:
  // Reads the record at `at`; returns where the next line starts.
  std::size_t record(std::size_t at) {
    for (;; ++column_) {
      std::size_t start = at;
      if constexpr (requires { sink_.quick(column_, at); }) {
        const auto [cells, end] = sink_.quick(column_, at);
        column_ += cells;
        if (cells > 0 && text_[end] != format_.separator) return after_line_end(end);
        if (cells > 0) at = start = end + 1;
      }
      while (start < text_.size() && format_.blank(text_[start])) ++start;
      std::size_t end;
      if (start < text_.size() && text_[start] == format_.quote && format_.quote != '\0') {
        end = quoted(start);
      } else {
        end = scanner_.next(start);
        std::size_t last = end;
        while (last > start && format_.blank(text_[last - 1])) --last;
        if (last - start > kMaxLength) fail_too_long(text_, format_, record_, last - start);
        if (in_width()) sink_.cell(column_, start, text_.substr(start, last - start));
      }
      if (end < text_.size() && text_[end] == format_.separator) {
        at = end + 1;
        continue;
      }
      ++column_;
      if (end >= text_.size()) return text_.size();
      return after_line_end(end);
    }
  }

  std::size_t after_line_end(std::size_t end) const {
    return end + (text_[end] == '\r' && end + 1 < text_.size() && text_[end + 1] == '\n' ? 2 : 1);
  }

  // Reads the quoted cell whose quote is at `open`; returns the separator or line end after it.
  std::size_t quoted(std::size_t open) {
    // A piece that starts inside a quoted cell takes the wrong quotes for opening ones: it must not
    // look through the whole file for their ends.
    const std::size_t most = std::min(text_.size(), open + kMaxLength + 2);
    bool doubled = false;
    std::size_t close = open + 1;
    for (;; close += 2, doubled = true) {
      close = text_.substr(0, most).find(format_.quote, close);
      if (close == text_.npos && most < text_.size())
        fail_too_long(text_, format_, record_, most - open);
      if (close == text_.npos) fail_never_closed(text_, format_, open, column_ + 1);
      if (close + 1 >= text_.size() || text_[close + 1] != format_.quote) break;
    }
    const auto inner = text_.substr(open + 1, close - open - 1);
    if (inner.size() > kMaxLength) fail_too_long(text_, format_, record_, inner.size());
    if (in_width()) {
      if (doubled)
        sink_.doubled(column_, inner);
      else
        sink_.cell(column_, open + 1, inner);
    }
    std::size_t end = close + 1;
    while (end < text_.size() && format_.blank(text_[end])) ++end;
    if (end < text_.size() && text_[end] != format_.separator && text_[end] != '\n' &&
        text_[end] != '\r')
      fail_text_after_quote(text_, format_, close, column_ + 1);
    return end;
  }

  bool in_width() const { return format_.columns == 0 || column_ < format_.columns; }

  std::string_view text_;
  CsvFormat& format_;
  Sink& sink_;
  CsvScanner scanner_;
  std::size_t record_ = 0, column_ = 0;  // where the record starts; the cell being read, from 0
};

}  // namespace glia::data
