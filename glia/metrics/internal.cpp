#include "glia/metrics/internal.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"

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

std::size_t columns_of(const Numbers& values, std::size_t rows, std::string_view where) {
  if (rows == 0 ? !values.empty() : values.empty() || values.size() % rows != 0)
    fail("E-METRIC-02", "{}: got {} probabilities for {} labels; expected the same for each row",
         where, values.size(), rows);
  return rows == 0 ? 1 : values.size() / rows;
}

void check_classes(Labels truth, std::size_t classes, std::string_view where) {
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] < 0 || static_cast<std::uint64_t>(truth[i]) >= classes)
      fail("E-METRIC-03", "{}: the label of row {} is {}; expected 0 .. {}", where, i, truth[i],
           static_cast<std::int64_t>(classes) - 1);
}

void check_level(double level, std::string_view where) {
  if (!(level > 0 && level < 1))
    fail("E-METRIC-06", "{}: got level {}; expected a share between 0 and 1, such as 0.95", where,
         level);
}

std::string rows_text(std::size_t rows) {
  return with_commas(static_cast<long long>(rows)) + (rows == 1 ? " row" : " rows");
}

double quantile(std::span<const double> rising, double q) {
  const double place = q * static_cast<double>(rising.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const double low = rising[below], high = rising[std::min(below + 1, rising.size() - 1)];
  const double share = place - static_cast<double>(below);
  // From the nearer end, so that the ends themselves come out exactly.
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

}  // namespace glia::metrics
