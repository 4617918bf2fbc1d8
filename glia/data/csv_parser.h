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

// The error of a record that cannot be read: E-DATA-03, -04, -07, -09.
[[noreturn]] void fail_mistake(std::string_view text, const CsvFormat& format,
                               const CsvMistake& mistake);

// Its message, without throwing it.
std::string told(std::string_view text, const CsvFormat& format, const CsvMistake& mistake);

// The length of the valid UTF-8 (RFC 3629) that `text` starts with.
std::size_t valid_utf8(std::string_view text);

// What a text that is not whole ends within: a longer one is needed.
struct CutShort {};

// Adds the text of a cell in which quotes stand twice to `text`.
void append_unescaped(std::string& text, std::string_view inner, char quote);

// The cells of the record that starts at `start`, once more, into `cells`, by column; a quote that
// stands twice in one stays so.
void find_cells(std::string_view text, std::size_t start, const CsvFormat& format,
                std::vector<std::string_view>& cells);

// Splits a text into records. A `Sink` is told of each record and cell:
//   void record(std::size_t start);                  // a line starts here
//   void cell(std::size_t column, std::size_t start, std::string_view text);
//   void doubled(std::size_t column, std::string_view inner);  // quotes in it stand twice
//   void bad(const CsvMistake& mistake);             // the record is to be left out (format.skip)
// and may have a quick way for cells at `start` on: it says how many it took, and where the last of
// them ends, at a separator or a line end.
//   NumberRun quick(std::size_t column, std::size_t start);
template <class Sink>
class CsvParser {
 public:
  CsvParser(std::string_view text, CsvFormat& format, Sink& sink)
      : text_(text), format_(format), sink_(sink), scanner_(text, format.separator) {}

  // Reads the records from `from` on that start at or before `last`, `most` at the most. Returns
  // where the next one starts; text.size() where there is none. Errors of fail_mistake(); CutShort.
  std::size_t read(std::size_t from, std::size_t last, std::size_t most = ~std::size_t{0}) {
    std::size_t at = after_blank_lines(from);
    scanner_.start(at);
    for (; at < text_.size() && at <= last && most > 0; --most) {
      record_ = at;
      column_ = 0;
      mistake_ = {};
      sink_.record(at);
      at = record(at);
      if (format_.columns == 0 && !mistaken()) {
        format_.columns = column_;
        format_.width_line = line_of(text_, record_, format_.first_line);
      }
      if (!mistaken()) check(at);
      if (mistaken()) at = leave_out(at);
      if (at < text_.size() && (text_[at] == '\n' || text_[at] == '\r' || format_.blank(text_[at])))
        at = after_blank_lines(at);
    }
    return at;
  }

 private:
  using Kind = CsvMistake::Kind;

  bool mistaken() const { return mistake_.kind != Kind::none; }

  // A mistake that is found inside a record ends it.
  std::size_t mistaken(Kind kind, std::size_t at, std::size_t number) {
    mistake_ = {kind, at, number};
    return text_.npos;
  }

  // A whole record, up to `end`.
  void check(std::size_t end) {
    if (column_ != format_.columns) {
      mistake_ = {Kind::ragged, record_, column_};
    } else if (format_.check_text) {
      const std::size_t valid = valid_utf8(text_.substr(record_, end - record_));
      if (record_ + valid < end) mistake_ = {Kind::not_utf8, record_ + valid, 0};
    }
  }

  // Returns where reading goes on: behind the record, or behind the line where it starts, if it is
  // not known where it ends.
  std::size_t leave_out(std::size_t end) {
    if (!format_.skip || format_.columns == 0) fail_mistake(text_, format_, mistake_);
    sink_.bad(mistake_);
    if (end != text_.npos) return end;
    end = text_.find_first_of("\r\n", record_);
    const std::size_t at = end == text_.npos ? end_of_text() : after_line_end(end);
    scanner_.start(at);
    return at;
  }

  // Reads the record at `at`; returns where the next line starts, npos where there is a mistake.
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
        if (end == text_.npos) return end;
      } else {
        end = scanner_.next(start);
        std::size_t last = end;
        while (last > start && format_.blank(text_[last - 1])) --last;
        if (last - start > kMaxLength) return mistaken(Kind::too_long, record_, last - start);
        if (in_width()) sink_.cell(column_, start, text_.substr(start, last - start));
      }
      if (end < text_.size() && text_[end] == format_.separator) {
        at = end + 1;
        continue;
      }
      ++column_;
      return end < text_.size() ? after_line_end(end) : end_of_text();
    }
  }

  std::size_t end_of_text() const {
    if (!format_.whole) throw CutShort();
    return text_.size();
  }

  std::size_t after_line_end(std::size_t end) const {
    if (text_[end] == '\r' && end + 1 < text_.size() && text_[end + 1] == '\n') ++end;
    return end + 1 < text_.size() ? end + 1 : end_of_text();
  }

  std::size_t after_blank_lines(std::size_t at) const {
    at = skip_blank_lines(text_, at, format_);
    return at < text_.size() ? at : end_of_text();
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
        return mistaken(Kind::too_long, record_, most - open);
      if (close == text_.npos) {
        (void)end_of_text();
        return mistaken(Kind::never_closed, open, column_ + 1);
      }
      if (close + 1 >= text_.size() || text_[close + 1] != format_.quote) break;
    }
    const auto inner = text_.substr(open + 1, close - open - 1);
    if (inner.size() > kMaxLength) return mistaken(Kind::too_long, record_, inner.size());
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
      return mistaken(Kind::text_after_quote, close, column_ + 1);
    return end;
  }

  bool in_width() const { return format_.columns == 0 || column_ < format_.columns; }

  std::string_view text_;
  CsvFormat& format_;
  Sink& sink_;
  CsvScanner scanner_;
  std::size_t record_ = 0, column_ = 0;  // where the record starts; the cell being read, from 0
  CsvMistake mistake_;                   // of the record
};

}  // namespace glia::data
