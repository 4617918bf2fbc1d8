// Internal: metrics that are a ratio of counts for each class or label, and their averages.
#pragma once

#include "glia/metrics/confusion.h"

namespace glia::metrics {

struct Ratio {
  double part = 0;
  double whole = 0;  // 0: there is no value
};

struct RatioMetric {
  std::string_view name;
  std::string_view empty;   // what is missing where `whole` is 0: "no row is predicted as"
  std::string_view pooled;  // the same over all classes
  bool proportion;          // of counted rows, so that Wilson's interval holds
  Ratio (*of)(const ClassCounts&);
};

extern const RatioMetric kPrecision, kRecall, kSpecificity, kF1, kJaccard;

// What the averages are made of: counts for each class or label, and their names.
struct CountedClasses {
  const std::vector<std::string>& labels;
  std::vector<ClassCounts> counts;
  bool weighted;  // sums of sample weights: no intervals
};

Metric of_class(const CountedClasses& all, const RatioMetric& metric, std::size_t c, double level);

// macro, micro or weighted; the name gets it as a suffix.
Metric averaged(const CountedClasses& all, const RatioMetric& metric, Averaging averaging);

// One row for each class.
std::vector<ClassMetrics> by_class(const CountedClasses& all, double level);

}  // namespace glia::metrics
