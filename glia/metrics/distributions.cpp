#include "glia/metrics/distributions.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace glia::metrics {
namespace {

// The continued fraction of the incomplete beta function by Lentz's method (DLMF 8.17.22); it
// converges fast for x < (a + 1) / (a + b + 2).
double beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  const auto nonzero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), result = d;
  for (int m = 1; m < 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / nonzero(1 + even * d), c = nonzero(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / nonzero(1 + odd * d), c = nonzero(1 + odd / c);
    result *= d * c;
    if (std::abs(d * c - 1) < 2 * std::numeric_limits<double>::epsilon()) break;
  }
  return result;
}

// The regularised incomplete beta function I_x(a, b); `rest` is 1 - x, without its rounding.
double incomplete_beta(double x, double rest, double a, double b) {
  if (x <= 0) return 0;
  if (rest <= 0) return 1;
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log(rest));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(rest, b, a) / b;
}

}  // namespace

double normal_below(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }
double normal_both_tails(double z) { return std::erfc(std::abs(z) / std::numbers::sqrt2); }

double student_both_tails(double t, double freedom) {
  const double square = t * t;
  if (std::isinf(square)) return 0;
  return incomplete_beta(freedom / (freedom + square), square / (freedom + square), freedom / 2,
                         0.5);
}

double student_quantile(double level, double freedom) {
  double low = 0, high = 1;
  while (student_both_tails(high, freedom) > 1 - level && high < 1e300) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-15 * high; ++i) {
    const double middle = (low + high) / 2;
    (student_both_tails(middle, freedom) > 1 - level ? low : high) = middle;
  }
  return (low + high) / 2;
}

double fair_coin_both_tails(std::size_t heads, std::size_t n) {
  const std::size_t fewer = std::min(heads, n - heads);
  const double half = std::log(0.5), all = std::lgamma(static_cast<double>(n) + 1);
  double tail = 0;
  for (std::size_t i = 0; i <= fewer; ++i)
    tail += std::exp(all - std::lgamma(static_cast<double>(i) + 1) -
                     std::lgamma(static_cast<double>(n - i) + 1) + static_cast<double>(n) * half);
  return std::min(1.0, 2 * tail);
}

double signed_ranks_both_tails(std::size_t rank_sum, std::size_t n) {
  const std::size_t most = n * (n + 1) / 2, smaller = std::min(rank_sum, most - rank_sum);
  std::vector<double> orders(most + 1);  // choices of signs that give each sum
  orders[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank)
    for (std::size_t sum = most; sum >= rank; --sum) orders[sum] += orders[sum - rank];
  double tail = 0;
  for (std::size_t sum = 0; sum <= smaller; ++sum) tail += orders[sum];
  return std::min(1.0, 2 * tail / std::exp2(static_cast<double>(n)));
}

}  // namespace glia::metrics
