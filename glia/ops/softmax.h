// What softmax's relatives share.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// ln(sum(exp(x - most))) along an axis, `most` being its maximum, with dimension 1 there. The
// maximum's own 1 is left out of the sum, so that a small result keeps its relative accuracy.
Value log_of_exp_sum(Value x, Value most, int axis);

}  // namespace glia
