#include "glia/data/schema.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/dates.h"

namespace glia::data {
namespace {

constexpr std::int64_t kFewRows = 10;  // below this, "all values differ" says nothing
constexpr std::int64_t kFewValues = 20;
constexpr std::int64_t kNumbersToOneText = 19;  // that is 95 %
constexpr std::size_t kSamples = 5;

// The different values of a column, in one flat table (open addressing): they are many, and
// allocations would cost more than everything else here.
template <class Value>
class Distinct {
 public:
  // Whether `value` is new.
  bool insert(Value value) {
    if (2 * ++size_ > slots_.size()) grow();
    Slot& slot = find(value);
    if (slot.used) return --size_, false;
    slot = {value, true};
    return true;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(size_); }

 private:
  struct Slot {
    Value value{};
    bool used = false;
  };
  Slot& find(Value value) {
    std::size_t at = std::hash<Value>{}(value);
    for (;; ++at) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (!slot.used || slot.value == value) return slot;
    }
  }
  void grow() {
    std::vector<Slot> old(std::max<std::size_t>(256, 4 * slots_.size()));
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.used) find(slot.value) = slot;
  }
  std::vector<Slot> slots_;  // a power of two of them
  std::size_t size_ = 0;
};

struct Facts {
  ColumnInfo info;
  bool counts_rows = true;  // value - row is the same whole number everywhere
  double offset = 0;        // of the first
  std::int64_t first_text_row = -1;
  bool dates = true;  // so far

  void add(std::int64_t row, double value) {
    const double distance = value - static_cast<double>(row);
    if (info.numbers++ == 0) info.min = info.max = value, offset = distance;
    counts_rows = counts_rows && distance == offset && std::trunc(value) == value;
    info.min = std::min(info.min, value);
    info.max = std::max(info.max, value);
    // A running mean cannot overflow where a sum would.
    info.mean += (value - info.mean) / static_cast<double>(info.numbers);
  }
};

void examine_numbers(const Table& table, Rows rows, std::int64_t column, Facts& f) {
  Distinct<double> distinct;
  const auto numbers = table.numbers(column, rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (std::isnan(numbers[i])) {
      ++f.info.missing;
      continue;
    }
    if (distinct.insert(numbers[i]) && f.info.samples.size() < kSamples)
      f.info.samples.emplace_back(table.cell(rows[i], column));
    f.add(rows[i], numbers[i]);
  }
  f.info.distinct = distinct.size();
}

void examine_text(const Table& table, Rows rows, std::int64_t column, Facts& f) {
  Distinct<std::string_view> distinct;
  for (const std::int64_t row : rows) {
    if (table.missing(row, column)) {
      ++f.info.missing;
      continue;
    }
    const auto text = table.cell(row, column);
    if (distinct.insert(text)) {
      if (f.info.samples.size() < kSamples) f.info.samples.emplace_back(text);
      f.dates = f.dates && parse_date(text).has_value();
    }
    if (const auto value = parse_number(text))
      f.add(row, *value);
    else if (f.first_text_row < 0)
      f.first_text_row = row;
  }
  f.info.distinct = distinct.size();
}

Facts examine(const Table& table, Rows rows, std::int64_t column) {
  Facts f;
  f.info.name = table.names()[static_cast<std::size_t>(column)];
  f.info.rows = static_cast<std::int64_t>(rows.size());
  if (table.numeric(column))
    examine_numbers(table, rows, column, f);
  else
    examine_text(table, rows, column, f);
  f.counts_rows = f.counts_rows && f.info.numbers == f.info.rows;
  return f;
}

std::string numbers_among(const Table& table, const Facts& f) {
  return fmt::format("{} of {} values are numbers; the first that is not is '{}' ({})",
                     f.info.numbers, f.info.rows - f.info.missing,
                     shown(table.cell(f.first_text_row, *table.find(f.info.name))),
                     table.where(f.first_text_row));
}

void decide(const Table& table, Facts& f, const SchemaOptions& options) {
  ColumnInfo& info = f.info;
  const std::int64_t present = info.rows - info.missing;
  if (present == 0) {
    info.kind = Kind::drop;
    info.reason = "every value is missing";
    return;
  }
  if (info.numbers == present) {
    info.kind = Kind::numeric;
    if (f.counts_rows && info.rows >= kFewRows)
      info.kind = Kind::drop, info.reason = "a whole number that counts the rows";
    else if (info.distinct == 1)
      info.reason = "every value is the same";
    return;
  }
  if (f.dates) {
    info.kind = Kind::date;
    return;
  }
  if (is_mostly_numbers(info.numbers, present)) {
    info.kind = Kind::numeric;
    info.reason = numbers_among(table, f);
    return;
  }
  info.kind = Kind::categorical;
  if (info.distinct == present && present >= kFewRows) {
    info.kind = Kind::drop;
    info.reason = "every value is different and not a number";
  } else if (info.distinct > std::max(present / 2, kFewValues) ||
             info.distinct > options.max_categories) {
    info.kind = Kind::text;
    info.reason = fmt::format("{} different values in {} rows", info.distinct, info.rows);
  }
  if (info.numbers > present / 2)
    info.reason += (info.reason.empty() ? "" : "; ") + numbers_among(table, f);
}

}  // namespace

bool is_mostly_numbers(std::int64_t numbers, std::int64_t values) {
  return numbers / kNumbersToOneText >= values - numbers && numbers > 0;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::numeric:
      return "numeric";
    case Kind::categorical:
      return "categorical";
    case Kind::date:
      return "date";
    case Kind::text:
      return "text";
    case Kind::drop:
      return "drop";
  }
  return "?";
}

Kind kind_from(std::string_view name) {
  for (const Kind kind : {Kind::numeric, Kind::categorical, Kind::date, Kind::text, Kind::drop})
    if (name_of(kind) == name) return kind;
  fail("E-DATA-13", "unknown kind of column '{}'{}", shown(name),
       suggest(name, {"numeric", "categorical", "date", "text", "drop"}));
}

const ColumnInfo* Schema::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

Schema infer_schema(const Table& table, Rows rows, const SchemaOptions& options) {
  table.check_rows(rows);
  for (const auto& [name, kind] : options.kinds) table.column(name);  // E-DATA-10
  Schema schema;
  for (std::int64_t c = 0; c < table.columns(); ++c) {
    Facts f = examine(table, rows, c);
    const auto said = options.kinds.find(f.info.name);
    if (said == options.kinds.end()) {
      decide(table, f, options);
    } else {
      f.info.kind = said->second;
      f.info.reason = "as declared";
      if (f.info.kind == Kind::numeric && f.first_text_row >= 0)
        table.numbers(c, rows);  // E-DATA-11
    }
    schema.columns.push_back(std::move(f.info));
  }
  return schema;
}

Schema infer_schema(const Table& table, const SchemaOptions& options) {
  return infer_schema(table, all_rows(table.rows()), options);
}

}  // namespace glia::data
