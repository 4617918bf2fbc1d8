#include "glia/data/leakage.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/bytes.h"
#include "glia/data/labels.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void same(const std::string& a, const std::string& b, const LeakageOptions& o,
                       const char* how) {
  fail("E-DATA-60",
       "'{}' ({}) and '{}' ({}) {}; a model is judged on rows that it was not trained on: name "
       "another "
       "file, or split this one",
       a, o.word_a, b, o.word_b, how);
}

// By the system's own identity of files: sees through links, relative paths and mounts.
bool one_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return !a.empty() && !b.empty() && fs::equivalent(a, b, error) && !error;
}

// The columns of both tables that are compared, and which of them is the target.
struct Pairs {
  std::vector<std::pair<std::int64_t, std::int64_t>> columns;
  std::ptrdiff_t target = -1;
};

Pairs common_columns(const Table& a, const Table& b, const LeakageOptions& o) {
  Pairs pairs;
  for (std::size_t c = 0; c < a.names().size(); ++c) {
    const auto& name = a.names()[c];
    const auto other = b.find(name);
    if (!other || name == o.id_column) continue;
    if (name == o.target) pairs.target = static_cast<std::ptrdiff_t>(pairs.columns.size());
    pairs.columns.emplace_back(static_cast<std::int64_t>(c), *other);
  }
  if (pairs.columns.empty())
    fail("E-DATA-62", "{} ({}) and {} ({}) have no column in common; expected the same names: {}",
         a.source(), o.word_a, b.source(), o.word_b, fmt::join(a.names(), ", "));
  return pairs;
}

// One side of the comparison: cells as they are compared, numbers where both tables have them.
class Side {
 public:
  Side(const Table& table, const Table& other, const Pairs& pairs, bool second,
       const std::string& strip)
      : table_(table), target_(strip.empty() ? -1 : pairs.target), strip_(strip) {
    for (const auto& [a, b] : pairs.columns) {
      const auto own = second ? b : a, others = second ? a : b;
      columns_.push_back({own, table.numeric(own) && other.numeric(others)});
    }
  }
  std::size_t hash(std::int64_t row) const {
    std::size_t h = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::size_t next = columns_[i].numeric ? std::hash<double>{}(number(row, i))
                                                   : std::hash<std::string_view>{}(text(row, i));
      h = (h ^ next) * 0x9E3779B97F4A7C15u + (h >> 29);
    }
    return h;
  }
  bool equals(std::int64_t row, const Side& other, std::int64_t other_row) const {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (columns_[i].numeric ? number(row, i) != other.number(other_row, i)
                              : text(row, i) != other.text(other_row, i))
        return false;
    return true;
  }

 private:
  struct Column {
    std::int64_t place = 0;
    bool numeric = false;
  };
  // Infinity stands for a missing one, which no cell can be: missing ones equal each other.
  double number(std::int64_t row, std::size_t i) const {
    return table_.missing(row, columns_[i].place) ? std::numeric_limits<double>::infinity()
                                                  : table_.number(row, columns_[i].place);
  }
  std::string_view text(std::int64_t row, std::size_t i) const {
    if (table_.missing(row, columns_[i].place)) return {};
    const auto text = table_.cell(row, columns_[i].place);
    return static_cast<std::ptrdiff_t>(i) == target_ ? strip(text, strip_) : text;
  }

  const Table& table_;
  std::ptrdiff_t target_;
  const std::string& strip_;
  std::vector<Column> columns_;
};

bool equal(const Side& a, std::int64_t row_a, const Side& b, std::int64_t row_b) {
  return a.equals(row_a, b, row_b);
}

// Of images: a row is its pixels.
class ImageRows {
 public:
  explicit ImageRows(const Tensor& images)
      : text_(reinterpret_cast<const char*>(images.raw()), images.bytes()),
        each_(images.bytes() / static_cast<std::size_t>(images.shape()[0].value())) {}
  std::string_view row(std::int64_t i) const {
    return text_.substr(static_cast<std::size_t>(i) * each_, each_);
  }
  std::size_t hash(std::int64_t i) const { return std::hash<std::string_view>{}(row(i)); }

 private:
  std::string_view text_;
  std::size_t each_;
};

bool equal(const ImageRows& a, std::int64_t row_a, const ImageRows& b, std::int64_t row_b) {
  return a.row(row_a) == b.row(row_b);
}

template <class Rowwise>
Leakage count_equal(const Rowwise& left, Rows rows_a, const Rowwise& right, Rows rows_b) {
  std::unordered_multimap<std::size_t, std::int64_t> by_hash;
  by_hash.reserve(rows_a.size());
  for (const std::int64_t row : rows_a) {  // one of each kind of row is enough
    const std::size_t h = left.hash(row);
    auto [from, to] = by_hash.equal_range(h);
    while (from != to && !equal(left, from->second, left, row)) ++from;
    if (from == to) by_hash.emplace(h, row);
  }
  Leakage found;
  for (const std::int64_t row : rows_b) {
    auto [from, to] = by_hash.equal_range(right.hash(row));
    while (from != to && !equal(left, from->second, right, row)) ++from;
    if (from == to) continue;
    if (found.equal_rows++ == 0) found.first_equal = row;
  }
  return found;
}

void refuse_same_ids(const Table& a, Rows rows_a, const Table& b, Rows rows_b,
                     const LeakageOptions& o) {
  const std::int64_t column_a = a.column(o.id_column), column_b = b.column(o.id_column);
  std::unordered_map<std::string_view, std::int64_t> ids;
  for (const std::int64_t row : rows_a)
    if (!a.missing(row, column_a)) ids.emplace(a.cell(row, column_a), row);
  std::int64_t shared = 0, first_a = -1, first_b = -1;
  for (const std::int64_t row : rows_b) {
    if (b.missing(row, column_b)) continue;
    const auto found = ids.find(b.cell(row, column_b));
    if (found != ids.end() && shared++ == 0) first_a = found->second, first_b = row;
  }
  if (shared > 0)
    fail("E-DATA-61",
         "{} of {} {} rows carry an id of column '{}' that {} rows carry, too; the first is '{}' "
         "({} and "
         "{}); keep each record on one side",
         shared, rows_b.size(), o.word_b, shown(o.id_column), o.word_a,
         shown(b.cell(first_b, column_b)), a.where(first_a), b.where(first_b));
}

}  // namespace

void refuse_same_file(const fs::path& a, const fs::path& b, const std::string& word_a,
                      const std::string& word_b) {
  const LeakageOptions words{.word_a = word_a, .word_b = word_b};
  const auto first = Bytes::open(a), second = Bytes::open(b);
  if (one_file(a, b)) same(a.string(), b.string(), words, "are one file");
  if (first->text() == second->text()) same(a.string(), b.string(), words, "hold the same bytes");
}

Leakage check_leakage(const Table& a, Rows rows_a, const Table& b, Rows rows_b,
                      const LeakageOptions& o) {
  a.check_rows(rows_a);
  b.check_rows(rows_b);
  const bool parts = a.bytes().data() == b.bytes().data();  // of one table
  if (!o.target.empty()) a.column(o.target);                // E-DATA-10
  if (parts) {
    const std::unordered_set<std::int64_t> mine(rows_a.begin(), rows_a.end());
    for (const std::int64_t row : rows_b)
      if (mine.count(row))
        fail("E-DATA-61", "{} stands in the {} and in the {} rows; keep each row on one side",
             b.where(row), o.word_a, o.word_b);
  } else {
    if (one_file(a.path(), b.path())) same(a.source(), b.source(), o, "are one file");
    if (a.bytes() == b.bytes()) same(a.source(), b.source(), o, "hold the same bytes");
  }
  if (!o.id_column.empty()) refuse_same_ids(a, rows_a, b, rows_b, o);
  const Pairs pairs = common_columns(a, b, o);
  const Side left(a, b, pairs, false, o.strip), right(b, a, pairs, true, o.strip);
  if (!parts && std::equal(rows_a.begin(), rows_a.end(), rows_b.begin(), rows_b.end(),
                           [&](auto i, auto k) { return equal(left, i, right, k); }))
    same(a.source(), b.source(), o, "hold the same rows");
  return count_equal(left, rows_a, right, rows_b);
}

std::vector<std::int64_t> groups_of_equal_rows(const Table& table, const LeakageOptions& o) {
  if (!o.target.empty()) table.column(o.target);  // E-DATA-10
  const Side side(table, table, common_columns(table, table, o), false, o.strip);
  std::unordered_multimap<std::size_t, std::int64_t> by_hash;  // the first row of each group
  std::vector<std::int64_t> groups;
  std::int64_t next = 0;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    const std::size_t h = side.hash(row);
    auto [from, to] = by_hash.equal_range(h);
    while (from != to && !equal(side, from->second, side, row)) ++from;
    if (from == to) by_hash.emplace(h, row);
    groups.push_back(from == to ? next++ : groups[static_cast<std::size_t>(from->second)]);
  }
  return groups;
}

Leakage count_equal_images(const Tensor& a, Rows rows_a, const Tensor& b, Rows rows_b) {
  return count_equal(ImageRows(a), rows_a, ImageRows(b), rows_b);
}

Leakage check_leakage(const Tensor& a, const std::string& name_a, const Tensor& b,
                      const std::string& name_b) {
  const auto rows = b.shape()[0].value();
  const auto found = count_equal_images(a, all_rows(a.shape()[0].value()), b, all_rows(rows));
  if (found.equal_rows == rows)
    same(name_a, name_b, {}, "hold the same images: each of the second stands in the first, too");
  return found;
}

std::string content_digest(const Table& table) {
  Sha256 sha;
  std::string line;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    line.clear();
    for (std::int64_t column = 0; column < table.columns(); ++column) {
      const auto cell = table.cell(row, column);
      line += fmt::format("{}:", cell.size());  // so that no cells' texts run together
      line += cell;
    }
    sha.update(line + "\n");
  }
  return sha.hex();
}

std::string content_digest(const Tensor& array) {
  Sha256 sha;
  sha.update(array.shape().text());
  sha.update({array.raw(), array.bytes()});
  return sha.hex();
}

Leakage check_leakage(const Table& a, const Table& b, const LeakageOptions& options) {
  if (a.bytes().data() == b.bytes().data()) same(a.source(), b.source(), options, "are one table");
  return check_leakage(a, all_rows(a.rows()), b, all_rows(b.rows()), options);
}

}  // namespace glia::data
