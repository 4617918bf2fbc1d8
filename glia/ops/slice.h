// Internal: a box of places within a larger one, which slice reads and pad fills: place i of the
// small one along an axis is place from + i * step of the large one. Each is the other's gradient.
#pragma once

#include "glia/ops/ops.h"
#include "glia/ops/shapes.h"

namespace glia {

// x's elements at these places. `step` may be negative; empty: 1 along each axis.
Value slice(Value x, Shape from, Shape shape, std::vector<std::int64_t> step = {});
// x's elements at these places of `shape`, `value` at all others.
Value pad(Value x, Shape from, Shape shape, std::vector<std::int64_t> step = {}, double value = 0);

// Attributes "from" and "step" fit two boxes of the same rank: E-SHAPE-10 where the small one, once
// all sizes are known, does not lie within the large one.
void expect_within(const Call& call, const Shape& small, const Shape& large);
std::vector<std::int64_t> steps_of(const Call& call);  // one for each axis

}  // namespace glia
