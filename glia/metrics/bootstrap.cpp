#include "glia/metrics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/metrics/distributions.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {
namespace {

// The rows of each group from which is drawn.
std::vector<std::vector<std::size_t>> groups_of(std::size_t rows, Labels strata) {
  std::map<std::int64_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < rows; ++i) groups[strata.empty() ? 0 : strata[i]].push_back(i);
  std::vector<std::vector<std::size_t>> all;
  for (auto& [key, members] : groups) all.push_back(std::move(members));
  return all;
}

// Each replicate has random numbers of its own, so that their order does not matter.
std::vector<double> draw(std::size_t rows, const Statistic& statistic, const BootstrapOptions& o) {
  const auto groups = groups_of(rows, o.strata);
  std::vector<double> values, weights(rows);
  for (std::size_t replicate = 0; replicate < o.replicates; ++replicate) {
    Random random(o.seed, "bootstrap", replicate);
    std::fill(weights.begin(), weights.end(), 0);
    for (const auto& group : groups)
      for (std::size_t i = 0; i < group.size(); ++i)
        weights[group[random.below(group.size())]] += 1;
    if (const auto value = statistic(weights); value && std::isfinite(*value))
      values.push_back(*value);
  }
  std::sort(values.begin(), values.end());
  return values;
}

double deviation(const std::vector<double>& values) {
  Sum sum, squares;
  for (const double x : values) sum.add(x);
  const double mean = sum.value() / static_cast<double>(values.size());
  for (const double x : values) squares.add((x - mean) * (x - mean));
  return std::sqrt(squares.value() / static_cast<double>(values.size() - 1));
}

// Efron's a, a sixth of the skewness of the values without one row each; nothing where one of them
// is not defined or all are equal.
std::optional<double> acceleration(std::size_t rows, const Statistic& statistic) {
  std::vector<double> weights(rows, 1), without;
  for (std::size_t i = 0; i < rows; ++i) {
    weights[i] = 0;
    const auto value = statistic(weights);
    if (!value) return std::nullopt;
    without.push_back(*value), weights[i] = 1;
  }
  Sum sum, squares, cubes;
  for (const double x : without) sum.add(x);
  const double mean = sum.value() / static_cast<double>(rows);
  for (const double x : without) {
    const double away = mean - x;
    squares.add(away * away), cubes.add(away * away * away);
  }
  if (squares.value() <= 0) return std::nullopt;
  return cubes.value() / (6 * std::pow(squares.value(), 1.5));
}

// The shares of replicates below the two ends, after Efron's corrections; nothing where these are
// not defined.
std::optional<std::pair<double, double>> corrected_shares(std::size_t rows,
                                                          const Statistic& statistic,
                                                          const BootstrapResult& result,
                                                          double level) {
  const auto& all = result.replicates;
  const auto [first, last] = std::equal_range(all.begin(), all.end(), *result.value);
  const double below =
      (static_cast<double>(first - all.begin()) + static_cast<double>(last - all.begin())) / 2 /
      static_cast<double>(all.size());
  const auto a = acceleration(rows, statistic);
  if (!a || below <= 0 || below >= 1) return std::nullopt;
  const double bias = normal_quantile(below), z = normal_quantile(0.5 + level / 2);
  const auto share = [&](double quantile) {
    return normal_below(bias + (bias + quantile) / (1 - *a * (bias + quantile)));
  };
  return std::pair{share(-z), share(z)};
}

void check(std::size_t rows, const BootstrapOptions& o) {
  constexpr std::size_t kFewest = 20;
  if (o.replicates < kFewest)
    fail("E-METRIC-06", "bootstrap: got {} replicates; expected at least {}, usual is 1000",
         o.replicates, kFewest);
  check_level(o.confidence, "bootstrap");
  if (!o.strata.empty()) same_size(o.strata.size(), rows, "strata", "bootstrap");
}

}  // namespace

BootstrapResult bootstrap(std::size_t rows, const Statistic& statistic,
                          const BootstrapOptions& options) {
  check(rows, options);
  BootstrapResult result;
  if (rows > 0) result.value = statistic(std::vector<double>(rows, 1));
  if (!result.value) {
    result.note = rows == 0 ? "no interval: there are no rows"
                            : "no interval: the metric is not defined for these rows";
    return result;
  }
  result.replicates = draw(rows, statistic, options);
  const std::size_t missing = options.replicates - result.replicates.size();
  if (missing * 10 > options.replicates) {
    result.note = fmt::format("no interval: the metric is not defined in {} of {} replicates",
                              missing, options.replicates);
    return result;
  }
  if (missing > 0)
    result.note = fmt::format("{} of {} replicates are not defined", missing, options.replicates);
  result.standard_error = deviation(result.replicates);
  if (result.replicates.front() == result.replicates.back()) {
    result.note = "no interval: all replicates are equal";
    return result;
  }
  const double tail = (1 - options.confidence) / 2;
  std::pair shares{tail, 1 - tail};
  if (options.method == BootstrapMethod::bca) {
    if (const auto corrected = corrected_shares(rows, statistic, result, options.confidence))
      shares = *corrected;
    else
      result.note = "percentile interval: Efron's corrections are not defined here";
  }
  result.interval = Interval{quantile(result.replicates, shares.first),
                             quantile(result.replicates, shares.second), options.confidence};
  return result;
}

}  // namespace glia::metrics
