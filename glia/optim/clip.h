// Bounds on gradients.
#pragma once

#include "glia/ir/graph.h"

namespace glia::optim {

// 0: no bound. Where several are given they hold in this order.
struct Clip {
  double value = 0;        // of each element: to [-value, value]
  double norm = 0;         // of each parameter's gradient
  double global_norm = 0;  // of all gradients together
};

// The gradients within the bounds: as torch.nn.utils.clip_grad_value_ and clip_grad_norm_ have it,
// a norm n above its bound is scaled by bound / (n + 1e-6). E-OPTION-01 for a bound below 0.
Values clipped(Values gradients, const Clip& clip);
void check(const Clip& clip);

}  // namespace glia::optim
