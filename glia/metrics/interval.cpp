#include "glia/metrics/interval.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {

double normal_quantile(double p) {
  if (!(p > 0 && p < 1))
    fail("E-METRIC-06", "normal_quantile: got p = {}; expected a number between 0 and 1", p);
  if (p > 0.5) return -normal_quantile(1 - p);
  // Newton's method on log P(Z <= z), which is concave: from the left of the root it never
  // overshoots. The start is the tail's bound P(Z <= z) <= exp(-z^2 / 2) / 2.
  double z = -std::sqrt(std::max(0.0, -2 * std::log(2 * p)));
  for (int i = 0; i < 60; ++i) {
    const double tail = 0.5 * std::erfc(-z / std::numbers::sqrt2);
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    const double step = (std::log(p) - std::log(tail)) * tail / density;
    z += step;
    if (std::abs(step) <= 1e-15 * (1 + std::abs(z))) break;
  }
  return z;
}

Interval wilson(double hits, double trials, double level) {
  check_level(level, "wilson");
  if (!(trials > 0 && hits >= 0 && hits <= trials))
    fail("E-METRIC-06",
         "wilson: got {} hits of {} trials; expected 0 <= hits <= trials, trials > 0", hits,
         trials);
  const double z = normal_quantile(0.5 + level / 2), share = hits / trials;
  const double denominator = 1 + z * z / trials;
  const double center = (share + z * z / (2 * trials)) / denominator;
  const double half =
      z * std::sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / denominator;
  // At 0 and at all hits the end is exact; rounding must not say otherwise.
  return {hits == 0 ? 0 : std::max(0.0, center - half),
          hits == trials ? 1 : std::min(1.0, center + half), level};
}

}  // namespace glia::metrics
