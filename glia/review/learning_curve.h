// How a metric grows with the training rows: would more of them help?
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glia/metrics/metric.h"
#include "glia/report/plot.h"
#include "glia/report/table.h"

namespace glia::review {

// Of one training-set size, by the values of its repetitions.
struct SizePoint {
  std::int64_t rows = 0;
  std::vector<double> values;
  double mean = 0, deviation = 0;  // of the values; 0 of a single one
};

struct LearningCurve {
  std::string metric;
  bool larger_is_better = true;
  std::vector<SizePoint> points;  // by rising size
};

// Sorts the values by size. Sizes without a value are left out.
LearningCurve learning_curve(std::string metric, bool larger_is_better,
                             std::vector<SizePoint> points);

// What the last step up in size changed: the difference of the two means, above 0 where it became
// better, with its 95 % interval by Welch's t. No interval where a size has a single value; nothing
// of fewer than two sizes.
struct Gain {
  double value = 0;
  std::optional<metrics::Interval> interval;
};
std::optional<Gain> last_gain(const LearningCurve& curve);

// Whether more rows would help, in a sentence; it says so where there are too few sizes or values.
std::string verdict(const LearningCurve& curve);

report::Plot plot_of(const LearningCurve& curve);
report::Table table_of(const LearningCurve& curve);

}  // namespace glia::review
