#include "glia/data/steps/power.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace glia::data {
namespace {

using Points = std::span<const std::pair<double, std::int64_t>>;

// The place of a minimum between a and b: golden sections, and parabolas where they fit (R. P.
// Brent, "Algorithms for minimization without derivatives", 1973, chapter 5; the tolerances are
// those of scipy.optimize.fminbound, with which the powers are to agree).
double minimum_between(double a, double b, const std::function<double(double)>& f) {
  constexpr double kTolerance = 1.48e-8;
  const double kGolden = 0.5 * (3 - std::sqrt(5.0)), kRoot = std::sqrt(2.2e-16);
  double x = a + kGolden * (b - a), second = x, third = x;
  double fx = f(x), f_second = fx, f_third = fx, step = 0, before = 0;
  for (int i = 0; i < 500; ++i) {
    const double middle = 0.5 * (a + b);
    const double least = kRoot * std::abs(x) + kTolerance / 3;
    if (std::abs(x - middle) <= 2 * least - 0.5 * (b - a)) break;
    bool golden = true;
    if (std::abs(before) > least) {
      const double r = (x - second) * (fx - f_third);
      double q = (x - third) * (fx - f_second);
      double p = (x - third) * q - (x - second) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = std::abs(q);
      const double last = std::exchange(before, step);
      if (std::abs(p) < std::abs(0.5 * q * last) && p > q * (a - x) && p < q * (b - x)) {
        golden = false;
        step = p / q;
        if (x + step - a < 2 * least || b - x - step < 2 * least)
          step = middle >= x ? least : -least;
      }
    }
    if (golden) {
      before = x >= middle ? a - x : b - x;
      step = kGolden * before;
    }
    const double next = x + (step >= 0 ? 1 : -1) * std::max(std::abs(step), least);
    const double f_next = f(next);
    if (f_next <= fx) {
      (next >= x ? a : b) = x;
      third = second, f_third = f_second;
      second = x, f_second = fx;
      x = next, fx = f_next;
      continue;
    }
    (next < x ? a : b) = next;
    if (f_next <= f_second || second == x) {
      third = second, f_third = f_second;
      second = next, f_second = f_next;
    } else if (f_next <= f_third || third == x || third == second) {
      third = next, f_third = f_next;
    }
  }
  return x;
}

double count_of(Points points) {
  double n = 0;
  for (const auto& [value, times] : points) n += static_cast<double>(times);
  return n;
}

// The logarithm of the variance of what `map` makes of the values.
double log_variance(Points points, double n, const std::function<double(double)>& map) {
  double mean = 0, squares = 0;
  std::vector<double> mapped;
  mapped.reserve(points.size());
  for (const auto& [value, times] : points) {
    mapped.push_back(map(value));
    mean += mapped.back() * (static_cast<double>(times) / n);
  }
  for (std::size_t i = 0; i < mapped.size(); ++i)
    squares +=
        (mapped[i] - mean) * (mapped[i] - mean) * (static_cast<double>(points[i].second) / n);
  // A variance that has no digits left is no minimum.
  return squares >= std::numeric_limits<double>::min() ? std::log(squares)
                                                       : std::numeric_limits<double>::infinity();
}

bool constant(Points points) {
  return std::all_of(points.begin(), points.end(),
                     [&](const auto& point) { return point.first == points[0].first; });
}

// Half of the range of exponents, so that squares neither overflow nor vanish.
const double kMostExponent = (std::log(std::numeric_limits<double>::max()) +
                              std::log(std::numeric_limits<double>::epsilon())) /
                             2;
const double kLeastExponent = (std::log(std::numeric_limits<double>::min()) -
                               std::log(std::numeric_limits<double>::epsilon())) /
                              2;

}  // namespace

double box_cox(double x, double lambda) {
  if (!(x > 0)) return std::numeric_limits<double>::quiet_NaN();
  return lambda == 0 ? std::log(x) : std::expm1(lambda * std::log(x)) / lambda;
}

double yeo_johnson(double x, double lambda) {
  constexpr double kSmall = std::numeric_limits<double>::epsilon();
  if (x >= 0)
    return std::abs(lambda) < kSmall ? std::log1p(x) : std::expm1(lambda * std::log1p(x)) / lambda;
  const double other = 2 - lambda;
  return std::abs(other) > kSmall ? -std::expm1(other * std::log1p(-x)) / other : -std::log1p(-x);
}

// Of values divided by their geometric mean, the likelihood is that of their variance alone.
double fit_box_cox(Points points) {
  if (points.empty() || constant(points)) return 1;
  const double n = count_of(points);
  double center = 0, farthest = 0;
  for (const auto& [value, times] : points)
    center += std::log(value) * (static_cast<double>(times) / n);
  for (const auto& point : points)
    farthest = std::max(farthest, std::abs(std::log(point.first) - center));
  const double bound = kMostExponent / farthest;
  return minimum_between(-bound, bound, [&](double lambda) {
    return log_variance(points, n, [&](double x) {
      const double t = std::log(x) - center;
      return lambda == 0 ? t : std::expm1(lambda * t) / lambda;
    });
  });
}

double fit_yeo_johnson(Points points) {
  if (points.empty() || constant(points)) return 1;
  const double n = count_of(points);
  double logs = 0, farthest = 0;
  bool above = false, below = false;
  for (const auto& [x, times] : points) {
    logs += (x < 0 ? -1 : 1) * std::log1p(std::abs(x)) * (static_cast<double>(times) / n);
    farthest = std::max(farthest, std::abs(x));
    (x < 0 ? below : above) = true;
  }
  const double reach = std::log1p(20 * farthest);
  double low = kLeastExponent / reach, high = kMostExponent / reach;
  if (below && !above) std::tie(low, high) = std::pair(2 - high, 2 - low);
  if (below && above)
    std::tie(low, high) = std::pair(std::max(2 - high, low), std::min(2 - low, high));
  return minimum_between(low, high, [&](double lambda) {
    const double spread = log_variance(points, n, [&](double x) { return yeo_johnson(x, lambda); });
    return spread / 2 - (lambda - 1) * logs;
  });
}

}  // namespace glia::data
