// Constraints on parameters, which hold after each update.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "glia/ir/graph.h"

namespace glia::optim {

struct Constraint {
  std::string name;
  std::function<Value(Value weight)> apply;  // any shape -> the same shape
  std::string settings = {};                 // its numbers, so that a resume can compare them
};

// Elements below 0 become 0.
Constraint non_negative();
// Lengths are taken over these axes of the weight; empty: over all but the first, which is the
// length of each unit's incoming weights ([units, in], [filters, in, h, w]; Keras lays weights the
// other way round and calls that axis 0).
struct UnitNormOptions {
  std::vector<int> axis = {};
};
Constraint unit_norm(UnitNormOptions options = {});
// Lengths above `value` become `value`.
struct MaxNormOptions {
  double value = 2;
  std::vector<int> axis = {};
};
Constraint max_norm(MaxNormOptions options = {});

}  // namespace glia::optim
