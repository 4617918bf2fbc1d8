#include "glia/metrics/ranking.h"

#include <algorithm>
#include <numeric>

#include "glia/base/format.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

struct Auc {
  double area = 0, positives = 0, negatives = 0;  // area holds where both are > 0
};

// score(i), is_positive(i), weight(i) for i in 0 .. n-1. Scores are finite.
template <class Score, class IsPositive, class Weight>
Auc area_under_curve(std::size_t n, Score score, IsPositive is_positive, Weight weight) {
  std::vector<std::pair<double, std::size_t>> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = {score(i), i};
  std::sort(order.begin(), order.end());
  Sum positives, negatives, area;
  for (std::size_t begin = 0; begin < n;) {  // a group of equal scores at a time, from below
    Sum group_positives, group_negatives;
    std::size_t end = begin;
    for (; end < n && order[end].first == order[begin].first; ++end) {
      const std::size_t i = order[end].second;
      (is_positive(i) ? group_positives : group_negatives).add(weight(i));
    }
    area.add(group_positives.value() * (negatives.value() + group_negatives.value() / 2));
    positives.add(group_positives.value()), negatives.add(group_negatives.value());
    begin = end;
  }
  Auc auc{0, positives.value(), negatives.value()};
  if (auc.positives > 0 && auc.negatives > 0)
    auc.area = area.value() / auc.positives / auc.negatives;
  return auc;
}

void check_classes(Labels truth, std::size_t classes, std::string_view where) {
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] < 0 || static_cast<std::uint64_t>(truth[i]) >= classes)
      fail("E-METRIC-03", "{}: the label of row {} is {}; expected 0 .. {}", where, i, truth[i],
           static_cast<std::int64_t>(classes) - 1);
}

std::size_t columns_of(const Numbers& values, std::size_t rows, std::string_view where) {
  if (rows == 0 ? !values.empty() : values.empty() || values.size() % rows != 0)
    fail("E-METRIC-02", "{}: got {} probabilities for {} labels; expected the same for each row",
         where, values.size(), rows);
  return rows == 0 ? 1 : values.size() / rows;
}

// Micro: every row gives k decisions, "is it class c?".
Metric pooled_auc(const Numbers& scores, Labels truth, std::size_t k, const Weights& weight) {
  const auto auc = area_under_curve(
      scores.size(), [&](std::size_t i) { return scores[i]; },
      [&](std::size_t i) { return static_cast<std::size_t>(truth[i / k]) == i % k; },
      [&](std::size_t i) { return weight[i / k]; });
  if (auc.positives == 0 || auc.negatives == 0)
    return undefined("roc_auc_micro", "there is only one class");
  return defined("roc_auc_micro", auc.area);
}

Metric mean_auc(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
                Averaging averaging, const Weights& weight) {
  auto name = fmt::format("roc_auc_{}", name_of(averaging));
  const std::size_t k = labels.size(), n = truth.size();
  Sum sum, total;
  std::string skipped;
  std::size_t used = 0;
  for (std::size_t c = 0; c < k; ++c) {
    const auto auc = area_under_curve(
        n, [&](std::size_t i) { return scores[i * k + c]; },
        [&](std::size_t i) { return static_cast<std::size_t>(truth[i]) == c; },
        [&](std::size_t i) { return weight[i]; });
    if (auc.positives == 0 || auc.negatives == 0) {
      skipped += fmt::format("{}'{}'", skipped.empty() ? "" : ", ", labels[c]);
      continue;
    }
    ++used;
    const double share = averaging == Averaging::weighted ? auc.positives : 1;
    sum.add(share * auc.area), total.add(share);
  }
  if (used == 0) return undefined(std::move(name), "the rows are all of one class");
  auto result = defined(std::move(name), sum.value() / total.value());
  if (used < k)
    result.note = fmt::format("over {} of {} classes: no true row is {}", used, k, skipped);
  return result;
}

}  // namespace

Metric roc_auc(const Numbers& scores, Labels positive, std::span<const double> weights) {
  same_size(scores.size(), positive.size(), "scores", "roc_auc");
  const Weights weight(weights, positive.size(), "roc_auc");
  if (const auto why = nothing_to_count(positive.size(), weight); !why.empty())
    return undefined("roc_auc", why);
  if (const auto why = non_finite(scores, 1, "scores"); !why.empty())
    return undefined("roc_auc", why);
  const auto auc = area_under_curve(
      scores.size(), [&](std::size_t i) { return scores[i]; },
      [&](std::size_t i) { return positive[i] != 0; }, [&](std::size_t i) { return weight[i]; });
  if (auc.positives == 0) return undefined("roc_auc", "no row is of the positive class");
  if (auc.negatives == 0) return undefined("roc_auc", "every row is of the positive class");
  return defined("roc_auc", auc.area);
}

Metric roc_auc(const Numbers& scores, Labels truth, const std::vector<std::string>& labels,
               Averaging averaging, std::span<const double> weights) {
  if (averaging == Averaging::binary)
    fail("E-METRIC-06",
         "roc_auc: binary averaging is for two classes; try macro, micro or weighted");
  same_size(scores.size(), truth.size() * labels.size(), "scores", "roc_auc");
  check_classes(truth, labels.size(), "roc_auc");
  const Weights weight(weights, truth.size(), "roc_auc");
  const auto name = fmt::format("roc_auc_{}", name_of(averaging));
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return undefined(name, why);
  if (const auto why = non_finite(scores, labels.size(), "scores"); !why.empty())
    return undefined(name, why);
  return averaging == Averaging::micro ? pooled_auc(scores, truth, labels.size(), weight)
                                       : mean_auc(scores, truth, labels, averaging, weight);
}

Metric log_loss(const Numbers& probabilities, Labels truth, std::span<const double> weights) {
  const std::size_t k = columns_of(probabilities, truth.size(), "log_loss");
  check_classes(truth, std::max<std::size_t>(k, 2), "log_loss");
  const Weights weight(weights, truth.size(), "log_loss");
  if (const auto why = nothing_to_count(truth.size(), weight); !why.empty())
    return undefined("log_loss", why);
  if (const auto why = non_finite(probabilities, k, "probabilities"); !why.empty())
    return undefined("log_loss", why);
  check_probabilities(probabilities, k);
  const double epsilon = probabilities.epsilon();
  Sum sum;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto c = static_cast<std::size_t>(truth[i]);
    const double p = k > 1    ? probabilities[i * k + c]
                     : c == 1 ? probabilities[i]
                              : 1 - probabilities[i];
    sum.add(-weight[i] * std::log(std::clamp(p, epsilon, 1 - epsilon)));
  }
  return defined("log_loss", sum.value() / weight.total());
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
