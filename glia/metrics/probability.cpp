#include "glia/metrics/probability.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"
#include "glia/metrics/interval.h"

namespace glia::metrics {
namespace {

// Checks, then the weighted mean over rows of of_row(row, k).
template <class OfRow>
Metric mean_over_rows(std::string name, const Numbers& probabilities, Labels truth,
                      std::span<const double> weights, OfRow of_row) {
  const std::size_t k = columns_of(probabilities, truth.size(), name);
  check_classes(truth, std::max<std::size_t>(k, 2), name);
  const Weights weight(weights, truth.size(), name);
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return undefined(std::move(name), why);
  if (const auto why = non_finite(probabilities, k, "probabilities"); !why.empty())
    return undefined(std::move(name), why);
  check_probabilities(probabilities, k);
  Sum sum;
  for (std::size_t i = 0; i < truth.size(); ++i) sum.add(weight[i] * of_row(i, k));
  return defined(std::move(name), sum.value() / weight.total());
}

}  // namespace

Metric log_loss(const Numbers& probabilities, Labels truth, std::span<const double> weights) {
  const double epsilon = probabilities.epsilon();
  return mean_over_rows("log_loss", probabilities, truth, weights,
                        [&](std::size_t i, std::size_t k) {
                          const auto c = static_cast<std::size_t>(truth[i]);
                          const double p = k > 1    ? probabilities[i * k + c]
                                           : c == 1 ? probabilities[i]
                                                    : 1 - probabilities[i];
                          return -std::log(std::clamp(p, epsilon, 1 - epsilon));
                        });
}

Metric brier(const Numbers& probabilities, Labels truth, std::span<const double> weights) {
  return mean_over_rows("brier", probabilities, truth, weights, [&](std::size_t i, std::size_t k) {
    const auto square = [&](std::size_t at, bool happened) {
      const double away = probabilities[at] - (happened ? 1 : 0);
      return away * away;
    };
    if (k == 1) return square(i, truth[i] == 1);
    if (k == 2) return square(i * 2 + 1, truth[i] == 1);
    double sum = 0;
    for (std::size_t c = 0; c < k; ++c)
      sum += square(i * k + c, truth[i] == static_cast<std::int64_t>(c));
    return sum;
  });
}

Metric top_k_accuracy(const Numbers& scores, Labels truth, std::size_t classes, std::size_t top,
                      std::span<const double> weights, double level) {
  auto name = fmt::format("top_{}_accuracy", top);
  if (top == 0) fail("E-METRIC-06", "top_k_accuracy: got the top 0; expected at least 1");
  same_size(scores.size(), truth.size() * classes, "scores", name);
  check_classes(truth, classes, name);
  const Weights weight(weights, truth.size(), name);
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return undefined(std::move(name), why);
  if (const auto why = non_finite(scores, classes, "scores"); !why.empty())
    return undefined(std::move(name), why);
  if (top >= classes)
    return undefined(std::move(name), fmt::format("there are only {} classes", classes));
  Sum right;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto c = static_cast<std::size_t>(truth[i]);
    const double own = scores[i * classes + c];
    std::size_t before = 0;
    for (std::size_t other = 0; other < classes; ++other) {
      const double score = scores[i * classes + other];
      before += score > own || (score == own && other < c);
    }
    if (before < top) right.add(weight[i]);
  }
  auto result = defined(std::move(name), right.value() / weight.total());
  if (!weight.given()) result.interval = wilson(right.value(), weight.total(), level);
  return result;
}

void check_probabilities(const Numbers& probabilities, std::size_t classes) {
  constexpr double kSlack = 1e-6;  // what a softmax in f32 may be off by
  for (std::size_t row = 0; row < probabilities.size() / classes; ++row) {
    double sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      const double p = probabilities[row * classes + c];
      if (p < -kSlack || p > 1 + kSlack)
        fail("E-METRIC-05",
             "metrics: row {} has the probability {}; expected 0 .. 1; are these "
             "logits? end the model with {}",
             row, p, classes > 1 ? "softmax" : "sigmoid");
      sum += p;
    }
    if (classes > 1 && std::abs(sum - 1) > 1e-3)
      fail("E-METRIC-05",
           "metrics: the probabilities of row {} sum to {}; expected 1; end the "
           "model with softmax",
           row, sum);
  }
}

}  // namespace glia::metrics
