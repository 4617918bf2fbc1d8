// Internal: how rows are dealt to parts that want given shares of them.
#pragma once

#include "glia/data/split.h"

namespace glia::data {

// E-DATA-52, -177, and -51 where a class has one row.
void check_split(std::int64_t rows, const SplitOptions& options);

// The rows of each class, in the order in which the classes first occur; all rows without classes.
std::vector<std::vector<std::int64_t>> rows_of_classes(std::int64_t rows,
                                                       const SplitOptions& options);

// The part of each row, whole groups in one: shares sum to 1, and a part of share 0 stays empty.
// E-DATA-173.
std::vector<std::int64_t> parts_of_groups(std::int64_t rows, const SplitOptions& options,
                                          const std::vector<double>& shares, std::uint64_t step);

// Rows by time, and where their boundaries are.
class TimeLine {
 public:
  explicit TimeLine(std::span<const double> times);
  // The nearest place to `at` where the time changes, the earlier of two. E-DATA-175 where there is
  // none after `after`.
  std::int64_t boundary(std::int64_t at, std::int64_t after) const;
  // The rows at places [from, to), ascending.
  std::vector<std::int64_t> rows(std::int64_t from, std::int64_t to) const;

 private:
  std::vector<std::int64_t> order_;
  std::span<const double> times_;
};

}  // namespace glia::data
