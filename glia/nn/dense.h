// Layers of full connections.
#pragma once

#include "glia/nn/activations.h"

namespace glia::nn {

// x: [N, in] -> [N, units], or [N, T, in] -> [N, T, units], each step by itself. weight [units,
// in], bias [units].
struct DenseOptions {
  std::int64_t units = 0;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();  // over the weight's fan_in, as in PyTorch
  double l2 = 0;                                    // on the weight: loss += l2 * sum(weight^2)
};
Module dense(DenseOptions options);

}  // namespace glia::nn
