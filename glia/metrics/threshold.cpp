#include "glia/metrics/threshold.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/metrics/score_counts.h"

namespace glia::metrics {
namespace {

constexpr auto kWhere = "threshold";
constexpr std::array kGoals{"accuracy", "f1", "balanced_accuracy", "youden", "cost"};

// The weights of right and wrong answers.
struct Answers {
  double true_positive = 0, false_positive = 0, true_negative = 0, false_negative = 0;

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

void check_rows(const Numbers& probabilities, Labels truth) {
  same_size(truth.size(), probabilities.size(), "labels", kWhere);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (!(probabilities[i] >= 0 && probabilities[i] <= 1))
      fail("E-METRIC-05", "{}: row {} has the probability {}; expected 0 to 1", kWhere, i,
           probabilities[i]);
    if (truth[i] != 0 && truth[i] != 1)
      fail("E-METRIC-03", "{}: row {} has class {}; expected 0 or 1", kWhere, i, truth[i]);
  }
}

// Where the `yes` highest of the different probabilities are a yes.
Answers answers_of(const ThresholdCounts& counts, std::size_t yes) {
  Answers a;
  if (yes > 0) a.true_positive = counts.true_positives[yes - 1];
  if (yes > 0) a.false_positive = counts.false_positives[yes - 1];
  a.false_negative = counts.positives() - a.true_positive;
  a.true_negative = counts.negatives() - a.false_positive;
  return a;
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
  check_rows(probabilities, truth);
  const auto counts = count_at_thresholds(
      truth.size(), [&](std::size_t i) { return probabilities[i]; },
      [&](std::size_t i) { return truth[i] == 1; }, [&](std::size_t i) { return weights[i]; });
  const auto& scores = counts.scores;
  if (!(counts.positives() > 0 && counts.negatives() > 0))
    fail("E-METRIC-08",
         "{}: the {} rows that it is to be chosen on are of one class; expected both: take a "
         "larger share of validation rows",
         kWhere, truth.size());
  const auto above_half =
      std::partition_point(scores.begin(), scores.end(), [](double p) { return p > 0.5; });
  const auto value = [&](std::size_t yes) { return answers_of(counts, yes).value(options); };
  const double at_half = value(static_cast<std::size_t>(above_half - scores.begin()));
  ChosenThreshold best{0.5, at_half, at_half};
  for (std::size_t yes = 0; yes <= scores.size(); ++yes) {
    const double low = yes < scores.size() ? scores[yes] : 0, high = yes > 0 ? scores[yes - 1] : 1;
    if (low == high && yes > 0) continue;  // a probability of 0 is never a yes
    const double threshold = between(low, high), reached = value(yes);
    if (reached > best.value ||
        (reached == best.value && std::abs(threshold - 0.5) < std::abs(best.threshold - 0.5)))
      best.threshold = threshold, best.value = reached;
  }
  if (options.goal == ThresholdGoal::cost) best.value = -best.value, best.at_half = -at_half;
  return best;
}

double mean_cost(const Numbers& probabilities, Labels truth, double threshold,
                 const ErrorCosts& costs, std::span<const double> weights) {
  check_costs(costs);
  const Weights all(weights, probabilities.size(), kWhere);
  check_rows(probabilities, truth);
  Answers answers;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool yes = probabilities[i] > threshold, positive = truth[i] == 1;
    (yes ? (positive ? answers.true_positive : answers.false_positive)
         : (positive ? answers.false_negative : answers.true_negative)) += all[i];
  }
  return answers.cost(costs);
}

}  // namespace glia::metrics
