// A confusion matrix for terminals.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

struct Confusion {
  std::string title;
  std::vector<std::string> labels;  // k classes
  std::vector<double> counts;       // [k, k]: row the true class, column the predicted one
};

// Rows are true classes, columns predicted ones; recall stands at the right, precision below, and
// the pairs that are confused most follow. With colour, a cell's ground is its share of the row.
// Long names give way to the classes' numbers above the columns. Where the matrix is wider than
// style.width, the pairs alone are shown. Error E-REPORT-02 where there are not k x k counts.
std::string render(const Confusion& confusion, const Style& style);

}  // namespace glia::report
