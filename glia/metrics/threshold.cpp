#include "glia/metrics/threshold.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/internal.h"

namespace glia::metrics {
namespace {

constexpr auto kWhere = "threshold";
constexpr std::array kGoals{"accuracy", "f1", "balanced_accuracy", "youden", "cost"};

// The weights of right and wrong answers.
struct Answers {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

  void no(bool positive, double weight) { (positive ? false_negative : true_negative) += weight; }
  void to_yes(bool positive, double weight) {
    no(positive, -weight);
    (positive ? true_positive : false_positive) += weight;
  }
  // Of a goal, larger is better.
  double value(const ThresholdOptions& o) const {
    const double positive = true_positive + false_negative;
    const double negative = true_negative + false_positive;
    const double recall = true_positive / positive, specificity = true_negative / negative;
    switch (o.goal) {
      case ThresholdGoal::accuracy:
        return (true_positive + true_negative) / (positive + negative);
      case ThresholdGoal::f1:
        return 2 * true_positive / (2 * true_positive + false_positive + false_negative);
      case ThresholdGoal::balanced_accuracy:
        return (recall + specificity) / 2;
      case ThresholdGoal::youden:
        return recall + specificity - 1;
      case ThresholdGoal::cost:
        return -cost(o.costs);
    }
    return 0;
  }
  double cost(const ErrorCosts& costs) const {
    return (costs.false_positive * false_positive + costs.false_negative * false_negative) /
           (true_positive + false_positive + true_negative + false_negative);
  }
};

void check_costs(const ErrorCosts& costs) {
  for (const double cost : {costs.false_positive, costs.false_negative})
    if (!(cost >= 0) || std::isinf(cost))
      fail("E-METRIC-08", "{}: a wrong answer costs {}; expected a finite number from 0", kWhere,
           cost);
}

// All answered no; also checks the rows.
Answers all_no(const Numbers& probabilities, Labels truth, const Weights& weights) {
  same_size(truth.size(), probabilities.size(), "labels", kWhere);
  Answers answers;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
      fail("E-METRIC-05", "{}: row {} has the probability {}; expected 0 to 1", kWhere, i,
           probabilities[i]);
    if (truth[i] != 0 && truth[i] != 1)
      fail("E-METRIC-03", "{}: row {} has class {}; expected 0 or 1", kWhere, i, truth[i]);
    answers.no(truth[i] == 1, weights[i]);
  }
  return answers;
}

// Between two probabilities, so that of p > threshold only the higher is a yes.
double between(double low, double high) {
  const double middle = low + (high - low) / 2;
  return middle < high ? middle : low;
}

}  // namespace

std::string_view name_of(ThresholdGoal goal) { return kGoals[static_cast<std::size_t>(goal)]; }

ThresholdGoal threshold_goal_from(std::string_view name) {
  const auto end = kGoals.end() - 1;  // `cost` has options of its own
  const auto found = std::find(kGoals.begin(), end, name);
  if (found == end)
    fail("E-METRIC-08", "{}: '{}' is nothing that it can maximize{}", kWhere, shown(name),
         suggest(name, {kGoals.begin(), end}));
  return static_cast<ThresholdGoal>(found - kGoals.begin());
}

ChosenThreshold choose_threshold(const Numbers& probabilities, Labels truth,
                                 const ThresholdOptions& options) {
  check_costs(options.costs);
  const Weights weights(options.weights, probabilities.size(), kWhere);
  Answers answers = all_no(probabilities, truth, weights);
  if (!(answers.false_negative > 0 && answers.true_negative > 0))
    fail(
        "E-METRIC-08",
        "{}: the {} rows that it is to be chosen on are of one class; expected both: take a larger "
        "share of validation rows",
        kWhere, truth.size());
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return probabilities[a] > probabilities[b]; });
  ChosenThreshold half;
  std::vector<ChosenThreshold> candidates;
  // First nobody is a yes, then one value after the other.
  candidates.push_back({between(probabilities[order[0]], 1), answers.value(options), 0});
  for (std::size_t i = 0; i < order.size(); ++i) {
    const double p = probabilities[order[i]];
    if (p <= 0.5 && (i == 0 || probabilities[order[i - 1]] > 0.5))
      half.value = answers.value(options);
    answers.to_yes(truth[order[i]] == 1, weights[order[i]]);
    const double next = i + 1 < order.size() ? probabilities[order[i + 1]] : 0;
    if (next < p) candidates.push_back({between(next, p), answers.value(options), 0});
  }
  if (probabilities[order.back()] > 0.5) half.value = answers.value(options);
  ChosenThreshold best = half;
  for (const auto& one : candidates)
    if (one.value > best.value ||
        (one.value == best.value && std::abs(one.threshold - 0.5) < std::abs(best.threshold - 0.5)))
      best = one;
  best.at_half = half.value;
  if (options.goal == ThresholdGoal::cost) best.value = -best.value, best.at_half = -best.at_half;
  return best;
}

double mean_cost(const Numbers& probabilities, Labels truth, double threshold,
                 const ErrorCosts& costs, std::span<const double> weights) {
  check_costs(costs);
  const Weights all(weights, probabilities.size(), kWhere);
  Answers answers = all_no(probabilities, truth, all);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (probabilities[i] > threshold) answers.to_yes(truth[i] == 1, all[i]);
  return answers.cost(costs);
}

}  // namespace glia::metrics
