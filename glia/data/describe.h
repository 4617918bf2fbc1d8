// A look at a table before anything is learned from it: what is in each column, and what is odd.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glia/data/schema.h"
#include "glia/data/table.h"
#include "glia/data/target.h"

namespace glia::data {

struct Count {
  std::string value;
  std::int64_t rows = 0;
};

struct ColumnSummary {
  ColumnInfo info;  // kind, missing, distinct, and of numbers minimum, maximum, mean
  // Of the numbers: the deviation with n - 1 below (0 for a single one), and quartiles between the
  // two nearest values by linear interpolation, as NumPy and pandas have them.
  double std = 0, q1 = 0, median = 0, q3 = 0;
  std::int64_t zeros = 0;
  // Numbers: [counts.size() + 1] edges of bins of equal width, the last one closed. Else empty.
  std::vector<double> edges;
  std::vector<std::int64_t> counts;
  std::string earliest, latest;  // of dates, as they are written
  // The most frequent values, at most 10, equal counts in their own order. Of a numeric column
  // only where it has at most 20 different values.
  std::vector<Count> top;
  // Of cells that are text: bytes of all of them, and of the longest.
  std::int64_t bytes = 0, longest = 0;
};

// Sentences, not names of a few things or codes: text of 20 bytes and more on average, with spaces.
bool is_prose(const ColumnSummary& column);

// Something that often makes a model wrong or useless, and is easily overlooked.
struct Finding {
  std::string name;  // stable: "zeros_as_missing", "target_leak", ... (docs/data.md)
  std::vector<std::string> columns;
  std::string evidence;  // what was counted
  std::string advice;
};

struct DescribeOptions {
  std::optional<TargetOptions> target = std::nullopt;
  SchemaOptions schema = {};
  int threads = 0;  // 0: all that the process may use. The result is the same.
};

struct Description {
  std::int64_t rows = 0;
  std::vector<ColumnSummary> columns;  // in the table's order
  std::optional<Target> target;        // where one was given and can be learned
  std::vector<Count> classes;          // of it, in the order of its labels; empty for regression
  std::vector<Finding> findings;
  std::int64_t duplicate_rows = 0;  // rows that repeat an earlier one
};

// Cost: each column is read and partly sorted once, and the rows are hashed: no more memory than
// two columns for each thread and eight bytes for each row. Errors: those of infer_schema, and
// E-DATA-10 for a target that is no column; a target that cannot be learned is a finding.
Description describe(const Table& table, const DescribeOptions& options = {});

}  // namespace glia::data
