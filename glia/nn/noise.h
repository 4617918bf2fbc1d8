// Layers that disturb training, so that a model does not lean on single values.
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

// While training, zeroes each element with probability `rate` and divides the others by 1 - rate.
// E-OPTION-01 unless 0 <= rate < 1.
struct DropoutOptions {
  double rate = 0.5;
};
Module dropout(DropoutOptions options = {});

}  // namespace glia::nn
