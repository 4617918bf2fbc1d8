#include "glia/data/table.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/storage.h"

namespace glia::data {

std::optional<double> parse_number(std::string_view text) {
  const char* first = text.data();
  const char* const last = first + text.size();
  if (first != last && *first == '+') {
    ++first;
    if (first != last && *first == '-') return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (end != last || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) {
    // Too small for a double is zero; too large is no number.
    const bool tiny = text.find("e-") != text.npos || text.find("E-") != text.npos;
    return tiny ? std::optional<double>(0.0) : std::nullopt;
  }
  return std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

std::vector<std::int64_t> all_rows(std::int64_t n) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  return rows;
}

std::int64_t line_of(std::string_view text, std::size_t offset) {
  std::int64_t line = 1;
  for (std::size_t i = 0; i < offset && i < text.size(); ++i)
    if (text[i] == '\n' || (text[i] == '\r' && !(i + 1 < text.size() && text[i + 1] == '\n')))
      ++line;
  return line;
}

std::int64_t Table::rows() const {
  return static_cast<std::int64_t>(storage_->row_starts.size() - storage_->skip);
}
std::int64_t Table::columns() const { return static_cast<std::int64_t>(storage_->width()); }
const std::vector<std::string>& Table::names() const { return storage_->names; }
const std::string& Table::source() const { return storage_->source->name(); }
const std::string& Table::path() const { return storage_->path; }
std::string_view Table::bytes() const { return storage_->source->text(); }
char Table::separator() const { return storage_->separator; }
bool Table::has_header() const { return storage_->header; }

std::optional<std::int64_t> Table::find(std::string_view name) const {
  const auto at = storage_->places.find(name);
  return at == storage_->places.end() ? std::nullopt : std::optional(at->second);
}

std::int64_t Table::column(std::string_view name) const {
  if (const auto found = find(name)) return *found;
  fail("E-DATA-10", "{}: there is no column '{}'{}", source(), shown(name), suggest(name, names()));
}

std::string_view Table::cell(std::int64_t row, std::int64_t column) const {
  return storage_->text(storage_->at(row, column));
}

bool Table::missing(std::int64_t row, std::int64_t column) const {
  return is_missing(storage_->at(row, column));
}

std::int64_t Table::line(std::int64_t row) const {
  return line_of(bytes(), storage_->row_starts[static_cast<std::size_t>(row) + storage_->skip]);
}

std::string Table::where(std::int64_t row) const {
  return fmt::format("{}:{}", source(), line(row));
}

double Table::number(std::int64_t row, std::int64_t column) const {
  const Cell c = storage_->at(row, column);
  if (is_missing(c)) return std::numeric_limits<double>::quiet_NaN();
  const auto text = storage_->text(c);
  if (const auto value = parse_number(text)) return *value;
  fail("E-DATA-11",
       "{}: column '{}' holds '{}' where a number is expected; correct the cell, list its text "
       "under "
       "`missing`, or say what the column is (columns: {{{}: categorical}}, or drop)",
       where(row), shown(names()[static_cast<std::size_t>(column)]), shown(text),
       shown(names()[static_cast<std::size_t>(column)]));
}

std::vector<double> Table::numbers(std::int64_t column) const {
  std::vector<double> values(static_cast<std::size_t>(rows()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = number(static_cast<std::int64_t>(i), column);
  return values;
}

std::vector<double> Table::numbers(std::int64_t column, Rows rows) const {
  check_rows(rows);
  std::vector<double> values(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) values[i] = number(rows[i], column);
  return values;
}

void Table::check_rows(Rows rows) const {
  for (const std::int64_t row : rows)
    if (row < 0 || row >= this->rows())
      fail("E-DATA-33", "{}: row {} was asked for; expected 0 to {}", source(), row,
           this->rows() - 1);
}

}  // namespace glia::data
