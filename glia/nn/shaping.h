// Layers that only arrange what they are given.
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

Module flatten();  // x: [N, ...] -> [N, product]

}  // namespace glia::nn
