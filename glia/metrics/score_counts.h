// Internal: rows counted at each threshold of their scores, from which areas and curves are made.
#pragma once

#include <algorithm>
#include <optional>

#include "glia/metrics/internal.h"

namespace glia::metrics {

struct ThresholdCounts {
  std::vector<double> scores;           // the distinct ones of rows that count, falling
  std::vector<double> true_positives;   // weight of positive rows with at least that score
  std::vector<double> false_positives;  // and of the others
  double positives() const { return scores.empty() ? 0 : true_positives.back(); }
  double negatives() const { return scores.empty() ? 0 : false_positives.back(); }
};

// score(i), is_positive(i), weight(i) for i in 0 .. n-1; scores are finite. O(n log n).
template <class Score, class IsPositive, class Weight>
ThresholdCounts count_at_thresholds(std::size_t n, Score score, IsPositive is_positive,
                                    Weight weight) {
  std::vector<std::pair<double, std::size_t>> order;
  order.reserve(n);
  for (std::size_t i = 0; i < n; ++i)
    if (weight(i) > 0) order.emplace_back(-score(i), i);
  std::sort(order.begin(), order.end());
  ThresholdCounts counts;
  Sum positives, negatives;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t row = order[i].second;
    (is_positive(row) ? positives : negatives).add(weight(row));
    if (i + 1 < order.size() && order[i + 1].first == order[i].first) continue;
    counts.scores.push_back(-order[i].first);
    counts.true_positives.push_back(positives.value());
    counts.false_positives.push_back(negatives.value());
  }
  return counts;
}

// Undefined without positive, and for ROC without negative rows.
std::optional<double> area_under_roc(const ThresholdCounts& counts);
std::optional<double> average_precision(const ThresholdCounts& counts);

}  // namespace glia::metrics
