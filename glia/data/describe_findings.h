// Internal: what is odd about columns.
#pragma once

#include <span>
#include <vector>

#include "glia/data/describe.h"

namespace glia::data {

// numbers: of one column, missing ones left out, in increasing order.
void find_in_numbers(const ColumnSummary& column, std::span<const double> sorted,
                     std::vector<Finding>& findings);
// Of a column in which some cell is text.
void find_in_text(const Table& table, std::int64_t column, const ColumnSummary& summary,
                  std::vector<Finding>& findings);
void find_in_kind(const ColumnSummary& column, std::vector<Finding>& findings);

// What the target was learned as: class numbers, or values.
struct Answers {
  std::vector<std::int64_t> classes;
  std::vector<double> values;
  std::int64_t class_count = 0;
};
// Whether one column alone tells the target.
void find_leak(const Table& table, std::int64_t column, const ColumnSummary& summary,
               const Answers& answers, std::vector<Finding>& findings);

// Of the whole table: equal columns, equal rows, rare classes.
void find_equal_columns(const Table& table, std::vector<Finding>& findings);
std::int64_t find_equal_rows(const Table& table, std::vector<Finding>& findings);
void find_imbalance(const std::vector<Count>& classes, const std::string& target,
                    std::vector<Finding>& findings);

}  // namespace glia::data
