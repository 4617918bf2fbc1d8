#include "glia/data/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/csv_parser.h"
#include "glia/data/storage.h"

namespace glia::data {

namespace {

// Of a number beyond the range of doubles: whether it is too small rather than too large.
bool too_small(std::string_view text) {
  const auto mantissa = text.substr(0, text.find_first_of("eE"));
  const auto point = std::min(mantissa.find('.'), mantissa.size());
  auto exponent = text.substr(std::min(mantissa.size() + 1, text.size()));
  if (exponent.starts_with('+')) exponent.remove_prefix(1);
  std::int64_t power = 0;
  const auto parsed = std::from_chars(exponent.data(), exponent.data() + exponent.size(), power);
  if (parsed.ec == std::errc::result_out_of_range) return exponent.starts_with('-');
  const auto first = mantissa.find_first_of("123456789");
  return static_cast<double>(power) + static_cast<double>(point) < static_cast<double>(first);
}

}  // namespace

bool parse_number(std::string_view text, double& value) {
  const char* first = text.data();
  const char* const last = first + text.size();
  if (first != last && *first == '+') {
    ++first;
    if (first != last && *first == '-') return false;
  }
  const auto [end, error] = std::from_chars(first, last, value);
  if (end != last) return false;
  if (error == std::errc()) return std::isfinite(value);
  // Too small for a double is zero; too large is no number.
  value = text.starts_with('-') ? -0.0 : 0.0;
  return error == std::errc::result_out_of_range && too_small(text);
}

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  return parse_number(text, value) ? std::optional(value) : std::nullopt;
}

std::vector<std::int64_t> all_rows(std::int64_t n) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

std::int64_t line_of(std::string_view text, std::size_t offset, std::int64_t first) {
  const auto before = text.substr(0, offset);
  std::int64_t line = first;
  const bool old = before.find('\r') != before.npos;  // CR may stand alone, or before LF
  for (auto at = before.find('\n'); !old && at != before.npos; at = before.find('\n', at + 1))
    ++line;
  for (std::size_t i = 0; old && i < before.size(); ++i)
    if (text[i] == '\n' || (text[i] == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n')))
      ++line;
  return line;
}

std::int64_t Table::rows() const { return static_cast<std::int64_t>(storage_->piece_of.size()); }
std::int64_t Table::columns() const {
  return static_cast<std::int64_t>(storage_->names->list.size());
}
const std::vector<std::string>& Table::names() const { return storage_->names->list; }
const std::string& Table::source() const { return storage_->source->name(); }
const std::string& Table::path() const { return storage_->path; }
std::string_view Table::bytes() const { return storage_->source->text(); }
char Table::separator() const { return storage_->format.separator; }
bool Table::has_header() const { return storage_->header; }
const SkippedRecords& Table::skipped() const { return storage_->skipped; }

std::optional<std::int64_t> Table::find(std::string_view name) const {
  const auto& places = storage_->names->places;
  const auto at = places.find(name);
  return at == places.end() ? std::nullopt : std::optional(at->second);
}

std::int64_t Table::column(std::string_view name) const {
  if (const auto found = find(name)) return *found;
  const bool numbered = !has_header() && names().front() == "column_1";
  fail(
      "E-DATA-10", "{}: there is no column '{}'{}{}", source(), shown(name), suggest(name, names()),
      numbered ? "; the first row is taken for data, so the columns have numbers: say header: true "
                 "where it has their names, or give names"
               : "");
}

std::string_view Table::cell(std::int64_t row, std::int64_t column) const {
  const auto [piece, at] = storage_->find(row);
  if (numeric(column)) return storage_->number_text(piece, at, static_cast<std::size_t>(column));
  return storage_->text(piece.columns[static_cast<std::size_t>(column)][at], piece);
}

bool Table::missing(std::int64_t row, std::int64_t column) const {
  const auto [piece, at] = storage_->find(row);
  const auto c = static_cast<std::size_t>(column);
  return numeric(column) ? std::isnan(piece.number(c, at)) : is_missing(piece.columns[c][at]);
}

namespace {

// The cells of the record at `start`. Whoever wants one mostly wants the others next, and a record
// is read from its beginning, so each thread keeps those of its last.
const std::vector<std::string_view>& csv_cells(const Table::Storage& storage, std::size_t start) {
  thread_local std::uint64_t table = 0;
  thread_local std::size_t record = 0;
  thread_local std::vector<std::string_view> cells;
  if (table == storage.id && record == start) return cells;
  table = 0;  // should it throw
  find_cells(storage.source->text(), start, storage.format, cells);
  cells.resize(std::max(cells.size(), storage.numeric.size()));
  table = storage.id, record = start;
  return cells;
}

}  // namespace

std::string_view Table::Storage::number_text(const Piece& piece, std::size_t at,
                                             std::size_t column) const {
  switch (form) {
    case Form::csv:
      return csv_cells(*this, piece.row_starts[at])[column];
    case Form::json_lines:
      return find_json_value(*this, piece.row_starts[at], names->list[column]);
    case Form::array:
      break;
  }
  return texts->of(piece.number(column, at));
}

std::string_view NumberTexts::of(double value) {
  if (std::isnan(value)) return "";
  const std::lock_guard lock(mutex_);
  auto& text = texts_[value];
  if (text.empty()) text = fmt::format("{}", value);
  return text;
}

std::int64_t Table::line(std::int64_t row) const {
  if (storage_->form == Storage::Form::array) return row + 1;
  const auto [piece, at] = storage_->find(row);
  return line_of(bytes(), piece.row_starts[at], storage_->format.first_line);
}

std::string Table::where(std::int64_t row) const {
  return fmt::format("{}{}{}", source(), storage_->form == Storage::Form::array ? " row " : ":",
                     line(row));
}

bool Table::numeric(std::int64_t column) const {
  return storage_->numeric[static_cast<std::size_t>(column)];
}

double Table::number(std::int64_t row, std::int64_t column) const {
  const auto [piece, at] = storage_->find(row);
  if (numeric(column)) return piece.number(static_cast<std::size_t>(column), at);
  const Cell cell = piece.columns[static_cast<std::size_t>(column)][at];
  if (is_missing(cell)) return std::numeric_limits<double>::quiet_NaN();
  const auto text = storage_->text(cell, piece);
  if (const auto value = parse_number(text)) return *value;
  fail("E-DATA-11",
       "{}: column '{}' holds '{}' where a number is expected; correct the cell, list its text "
       "under "
       "`missing`, or say what the column is (columns: {{{}: categorical}}, or drop)",
       where(row), shown(names()[static_cast<std::size_t>(column)]), shown(text),
       shown(names()[static_cast<std::size_t>(column)]));
}

std::vector<double> Table::numbers(std::int64_t column) const {
  if (!numeric(column)) return numbers(column, all_rows(rows()));
  std::vector<double> values;
  values.reserve(storage_->piece_of.size());
  for (const Piece& piece : storage_->pieces)
    for (const std::uint64_t word : piece.columns[static_cast<std::size_t>(column)])
      values.push_back(std::bit_cast<double>(word));
  return values;
}

std::vector<double> Table::numbers(std::int64_t column, Rows rows) const {
  check_rows(rows);
  std::vector<double> values(rows.size());
  if (!numeric(column)) {
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = number(rows[i], column);
    return values;
  }
  ColumnWords words(*storage_, column);
  for (std::size_t i = 0; i < rows.size(); ++i) values[i] = std::bit_cast<double>(words[rows[i]]);
  return values;
}

void ColumnWords::find(std::size_t row) {
  const std::uint32_t piece = storage_.piece_of[row];
  piece_ = &storage_.pieces[piece];
  words_ = piece_->columns[column_];
  first_ = storage_.first_rows[piece];
}

std::span<const std::uint64_t> ColumnWords::of(Rows rows, bool follow,
                                               std::vector<std::uint64_t>& room) {
  if (follow && !rows.empty()) {
    (void)(*this)[rows[0]];
    const std::size_t at = static_cast<std::size_t>(rows[0]) - first_;
    if (rows.size() <= words_.size() - at) return words_.subspan(at, rows.size());
  }
  room.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) room[i] = (*this)[rows[i]];
  return room;
}

Texts texts_of(const Table& table, std::int64_t column, Rows rows) {
  table.check_rows(rows);
  Texts texts;
  put_texts(table, column, rows, texts);
  return texts;
}

void put_texts(const Table& table, std::int64_t column, Rows rows, Texts& texts) {
  texts.assign(rows.size(), std::nullopt);
  const auto& storage = Table::Storage::of(table);
  ColumnWords words(storage, column);
  const bool numeric = table.numeric(column);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (numeric) {
      if (!table.missing(rows[i], column)) texts[i] = table.cell(rows[i], column);
      continue;
    }
    const Cell word = words[rows[i]];
    if (is_missing(word)) continue;
    texts[i] = storage.text(word, words.piece());
    __builtin_prefetch(texts[i]->data());  // it will be looked at soon
  }
}

void Table::check_rows(Rows rows) const {
  const std::int64_t count = this->rows();
  bool outside = false;
  for (const std::int64_t row : rows)
    outside |= static_cast<std::uint64_t>(row) >= static_cast<std::uint64_t>(count);
  if (!outside) return;
  for (const std::int64_t row : rows)
    if (row < 0 || row >= count)
      fail("E-DATA-33", "{}: row {} was asked for; expected 0 to {}", source(), row, count - 1);
}

}  // namespace glia::data
