// The CPU backend: oneDNN where it serves, own SIMD kernels where they are faster.
#pragma once

#include "glia/ir/target.h"

namespace glia {

const Target& cpu_target();

}  // namespace glia
