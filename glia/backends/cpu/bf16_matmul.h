// Internal: matmul and batch_matmul of bf16.
#pragma once

#include "glia/backends/cpu/kernels.h"

namespace glia::cpu {

// Nothing where oneDNN or the machine's instructions for it are missing: see widened.h.
std::optional<Kernel> bf16_matmul_kernel(const Node& node, int threads);

}  // namespace glia::cpu
