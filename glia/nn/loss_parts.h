// Internal: what the families of losses share.
#pragma once

#include <limits>
#include <string_view>

#include "glia/nn/losses.h"
#include "glia/ops/ops.h"

namespace glia::nn {

// The losses of elements, [N, ...], and what each of them counts where it is not 1: the mean is
// sum(loss) / sum(count).
struct Elements {
  Value loss, count = {};
};
using EachElement = std::function<Elements(Value prediction, Value target)>;

// A loss from its elements, which are averaged as losses.h says.
Loss loss_of(std::string name, Loss::Target target, bool from_logits, EachElement each);

// E-SHAPE-06 unless the shapes are equal, E-LOSS-01 unless the dtypes are.
void expect_same_shape(std::string_view loss, Value prediction, Value target);

// The smallest normal f32, so that logarithms stay finite: the largest loss of an element is 87.3.
inline constexpr double kSmallest = std::numeric_limits<float>::min();
inline Value safe_log(Value p) { return glia::log(maximum(p, kSmallest)); }

// What `v` is the direct result of an op of (along `axis`, where the op has one), or nothing.
Value argument_of(Value v, const OpDef& op);
Value argument_of(Value v, const OpDef& op, int axis);

// The mask of a padded x: [N, T, ...] as [N, T, 1, ...], or nothing.
Value mask_along(Value x);

// [N, ...] -> [N]: sums, and means.
Value row_sums(Value x);

}  // namespace glia::nn
