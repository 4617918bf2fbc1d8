// Internal: what the metrics' sources share.
#pragma once

#include <cmath>

#include "glia/metrics/metric.h"

namespace glia::metrics {

// A sum in f64 that keeps what each addition rounds away (Neumaier, 1974): the same to the last
// digits in any order of rows, also over millions of them.
class Sum {
 public:
  void add(double x) {
    const double next = sum_ + x;
    rest_ += std::abs(sum_) >= std::abs(x) ? (sum_ - next) + x : (x - next) + sum_;
    sum_ = next;
  }
  double value() const { return sum_ + rest_; }

 private:
  double sum_ = 0;
  double rest_ = 0;
};

// Sample weights: none given counts every row once.
class Weights {
 public:
  // Errors E-METRIC-02 (other size than `rows`), E-METRIC-04 (negative or not finite).
  Weights(std::span<const double> values, std::size_t rows, std::string_view where);
  bool given() const { return !values_.empty(); }
  double operator[](std::size_t i) const { return values_.empty() ? 1.0 : values_[i]; }
  double total() const { return total_; }

 private:
  std::span<const double> values_;
  double total_ = 0;
};

// Why nothing can be computed: no rows, or weights that sum to 0; "" where something can.
std::string_view nothing_to_count(std::size_t rows, const Weights& weights);

// "3 of 100 predictions are not finite (first: row 7)", or "" where all are. `columns` numbers
// make a row.
std::string non_finite(const Numbers& values, std::size_t columns, std::string_view what);

// Error E-METRIC-02 where the sizes differ.
void same_size(std::size_t got, std::size_t rows, std::string_view what, std::string_view where);

// Numbers to a row: 1 or k. Error E-METRIC-02 where the rows do not divide them.
std::size_t columns_of(const Numbers& values, std::size_t rows, std::string_view where);

// Error E-METRIC-03 where a label is not in 0 .. classes-1.
void check_classes(Labels truth, std::size_t classes, std::string_view where);

// Error E-METRIC-06 where a level is no share between 0 and 1.
void check_level(double level, std::string_view where);

// "1 row", "12,345 rows".
std::string rows_text(std::size_t rows);

// The q-quantile, q in [0, 1], of rising values, at least one: linear between neighbours, as
// numpy's default.
double quantile(std::span<const double> rising, double q);

}  // namespace glia::metrics
