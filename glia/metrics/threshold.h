// From which probability on the answer of two classes is a yes.
#pragma once

#include "glia/metrics/metric.h"

namespace glia::metrics {

// youden: recall + specificity - 1, as large as balanced_accuracy is.
enum class ThresholdGoal : std::uint8_t { accuracy, f1, balanced_accuracy, youden, cost };
std::string_view name_of(ThresholdGoal goal);
// "accuracy", "f1", "balanced_accuracy", "youden". Error E-METRIC-08 with the nearest name.
ThresholdGoal threshold_goal_from(std::string_view name);

// What one row's answer costs: a no that is called yes, and a yes that is called no.
struct ErrorCosts {
  double false_positive = 1, false_negative = 1;
};

struct ThresholdOptions {
  ThresholdGoal goal = ThresholdGoal::f1;
  ErrorCosts costs = {};                 // of the goal `cost`
  std::span<const double> weights = {};  // [N] sample weights; empty: 1 each
};

struct ChosenThreshold {
  double threshold = 0.5;
  double value = 0, at_half = 0;  // of the goal with it and with 0.5; costs are means over rows
};

// The threshold that is best for these rows, for rows that decided nothing before: validation rows.
// It is half-way between two of the probabilities, so that the same decisions are made near by; 0.5
// where nothing is better, and the nearest to it among equally good ones. probabilities: [N] of the
// positive class; truth: [N], 1 for positive and 0. Errors E-METRIC-02 (sizes), -03 (another
// class), -04 (weights), -05 (no probability), -08 rows of one class only, or a cost that is not
// finite or below 0.
ChosenThreshold choose_threshold(const Numbers& probabilities, Labels truth,
                                 const ThresholdOptions& options = {});

// The mean cost of a row's decision, probability > threshold. As above; rows of one class are
// right.
double mean_cost(const Numbers& probabilities, Labels truth, double threshold,
                 const ErrorCosts& costs, std::span<const double> weights = {});

}  // namespace glia::metrics
