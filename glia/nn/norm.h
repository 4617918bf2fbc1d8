// Normalisation.
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

// x: [N, C] or [N, C, H, W]. weight, bias, running_mean, running_var: [C]. While training, by the
// batch's statistics; otherwise by running ones, running = (1 - momentum) * running + momentum *
// batch's, the variance unbiased there, as in PyTorch. arXiv 1502.03167.
struct BatchNormOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
};
Module batch_norm(BatchNormOptions options = {});

}  // namespace glia::nn
