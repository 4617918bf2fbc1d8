// Internal: elementwise arithmetic and comparisons of i64: step counters, positions against
// lengths.
#pragma once

#include "glia/ir/target.h"

namespace glia::cpu {

// add, sub, mul, maximum, minimum, neg, greater, greater_equal and equal of i64 values. Nothing for
// any other node.
std::optional<Kernel> whole_numbers_kernel(const Node& node);

}  // namespace glia::cpu
