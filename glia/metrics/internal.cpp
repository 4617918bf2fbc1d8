#include "glia/metrics/internal.h"

#include "glia/base/format.h"

namespace glia::metrics {

Weights::Weights(std::span<const double> values, std::size_t rows, std::string_view where)
    : values_(values) {
  if (values.empty()) {
    total_ = static_cast<double>(rows);
    return;
  }
  same_size(values.size(), rows, "sample weights", where);
  Sum sum;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!(values[i] >= 0) || std::isinf(values[i]))
      fail("E-METRIC-04", "{}: the weight of row {} is {}; expected a finite number >= 0", where, i,
           values[i]);
    sum.add(values[i]);
  }
  total_ = sum.value();
}

std::string_view nothing_to_count(std::size_t rows, const Weights& weights) {
  if (rows == 0) return "there are no rows";
  if (weights.total() == 0) return "the sample weights sum to 0";
  return "";
}

std::string non_finite(const Numbers& values, std::size_t columns, std::string_view what) {
  std::size_t count = 0, first = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    if (count++ == 0) first = i;
  }
  if (count == 0) return "";
  return fmt::format("{} of {} {} {} not finite (first: row {})", count, values.size(), what,
                     count == 1 ? "is" : "are", first / columns);
}

void same_size(std::size_t got, std::size_t rows, std::string_view what, std::string_view where) {
  if (got != rows)
    fail("E-METRIC-02", "{}: got {} {} for {} rows; expected one for each row", where, got, what,
         rows);
}

}  // namespace glia::metrics
