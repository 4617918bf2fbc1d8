// Horizontal bars: importance of features, classes by count, time by op, progress.
#pragma once

#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

struct Bar {
  std::string label;
  double value = 0;  // may be negative: the bar then grows to the left of zero
  std::string text;  // shown after the bar; empty: the value in four digits
  Paint role = Paint::first;
};

struct Bars {
  std::string title;
  std::vector<Bar> bars;
  int most = 40;  // columns of the longest bar
};

// One line for each bar, to half a column (a whole one in ASCII). A value that is not finite
// has no bar and is named.
std::string render(const Bars& bars, const Style& style);

// One bar of a fixed length, filled by a share from 0 to 1; what is not filled is seen too.
std::string meter(double share, int columns, Paint role, const Style& style);

}  // namespace glia::report
