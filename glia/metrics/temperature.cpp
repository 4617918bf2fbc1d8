#include "glia/metrics/temperature.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

constexpr double kLargest = 1000;

// The loss as a function of b = 1 / temperature, with its derivatives by b.
struct Loss {
  double value, slope, curvature;
};

// A row's logits less the true class's: its loss is log sum exp(b * z).
struct Problem {
  std::vector<double> z;  // [N, k]; of the true class 0
  std::size_t columns;
  const Weights& weight;

  Loss at(double b) const {
    Sum value, slope, curvature;
    for (std::size_t i = 0; i * columns < z.size(); ++i) {
      if (weight[i] == 0) continue;
      const double* row = &z[i * columns];
      const double most = *std::max_element(row, row + columns);
      double sum = 0, first = 0, second = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        const double e = std::exp(b * (row[c] - most));
        sum += e, first += e * row[c], second += e * row[c] * row[c];
      }
      const double mean = first / sum;
      value.add(weight[i] * (b * most + std::log(sum)));
      slope.add(weight[i] * mean), curvature.add(weight[i] * (second / sum - mean * mean));
    }
    return {value.value() / weight.total(), slope.value() / weight.total(),
            curvature.value() / weight.total()};
  }
};

Problem problem_of(const Numbers& logits, Labels truth, std::size_t k, const Weights& weight) {
  Problem problem{{}, std::max<std::size_t>(k, 2), weight};
  problem.z.reserve(truth.size() * problem.columns);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto c = static_cast<std::size_t>(truth[i]);
    if (k == 1) {  // the logits of the two classes are 0 and that of class 1
      const double other = c == 1 ? -logits[i] : logits[i];
      problem.z.push_back(0), problem.z.push_back(other);
      continue;
    }
    for (std::size_t j = 0; j < k; ++j) problem.z.push_back(logits[i * k + j] - logits[i * k + c]);
  }
  return problem;
}

// The root of the slope, which rises: Newton's step where it stays in the bracket, else its middle.
double minimum(const Problem& problem, double low, double high) {
  double b = 1;
  for (int i = 0; i < 200; ++i) {
    const Loss here = problem.at(b);
    if (here.slope == 0) return b;
    (here.slope > 0 ? high : low) = b;
    double next = b - here.slope / here.curvature;
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (std::abs(next - b) <= 4 * std::numeric_limits<double>::epsilon() * b) return next;
    b = next;
  }
  return b;
}

}  // namespace

Temperature fit_temperature(const Numbers& logits, Labels truth, std::span<const double> weights) {
  constexpr std::string_view kWhere = "fit_temperature";
  const std::size_t k = columns_of(logits, truth.size(), kWhere);
  check_classes(truth, std::max<std::size_t>(k, 2), kWhere);
  const Weights weight(weights, truth.size(), kWhere);
  Temperature result;
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty()) {
    result.note = fmt::format("not fitted, because {}", why);
    return result;
  }
  if (const auto why = non_finite(logits, k, "logits"); !why.empty()) {
    result.note = fmt::format("not fitted, because {}", why);
    return result;
  }
  const auto problem = problem_of(logits, truth, k, weight);
  double b = 1;
  if (problem.at(1 / kLargest).slope >= 0) {
    b = 1 / kLargest;
    result.note = "at its bound: the logits tell nothing of the classes";
  } else if (problem.at(kLargest).slope <= 0) {
    b = kLargest;
    result.note = "at its bound: in every row the true class has the largest logit";
  } else {
    b = minimum(problem, 1 / kLargest, kLargest);
  }
  result.loss_before = problem.at(1).value;
  result.loss_after = problem.at(b).value;
  if (!(result.loss_after < result.loss_before)) {
    b = 1, result.loss_after = result.loss_before;
    result.note = "";
  }
  result.value = 1 / b;
  return result;
}

std::vector<double> scaled_probabilities(const Numbers& logits, std::size_t columns,
                                         double temperature) {
  if (!(temperature > 0) || std::isinf(temperature))
    fail("E-METRIC-06", "scaled_probabilities: got the temperature {}; expected a number above 0",
         temperature);
  if (columns == 0 || logits.size() % columns != 0)
    fail("E-METRIC-02", "scaled_probabilities: {} logits are not rows of {}", logits.size(),
         columns);
  std::vector<double> p(logits.size());
  for (std::size_t begin = 0; begin < p.size(); begin += columns) {
    if (columns == 1) {
      p[begin] = 1 / (1 + std::exp(-logits[begin] / temperature));
      continue;
    }
    double most = logits[begin], sum = 0;
    for (std::size_t c = 1; c < columns; ++c) most = std::max(most, logits[begin + c]);
    for (std::size_t c = 0; c < columns; ++c)
      sum += p[begin + c] = std::exp((logits[begin + c] - most) / temperature);
    for (std::size_t c = 0; c < columns; ++c) p[begin + c] /= sum;
  }
  return p;
}

std::vector<double> logits_of(const Numbers& probabilities, std::size_t columns) {
  if (columns == 0 || probabilities.size() % columns != 0)
    fail("E-METRIC-02", "logits_of: {} probabilities are not rows of {}", probabilities.size(),
         columns);
  const double epsilon = probabilities.epsilon();
  std::vector<double> logits(probabilities.size());
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double p = std::clamp(probabilities[i], epsilon, 1 - epsilon);
    logits[i] = std::log(p) - (columns == 1 ? std::log1p(-p) : 0);
  }
  return logits;
}

}  // namespace glia::metrics
