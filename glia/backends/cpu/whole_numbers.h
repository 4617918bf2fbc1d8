// Internal: elementwise arithmetic on i64, for step counters and the like.
#pragma once

#include "glia/ir/target.h"

namespace glia::cpu {

// add, sub, mul, maximum, minimum and neg of i64 values of one shape, or of numbers. Nothing for
// any other node.
std::optional<Kernel> whole_numbers_kernel(const Node& node);

}  // namespace glia::cpu
