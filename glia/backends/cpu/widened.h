// Internal: products of bf16 through the kernels of f32.
#pragma once

#include "glia/backends/cpu/kernels.h"

namespace glia::cpu {

// The kernel that `maker` has for the node with f32 in place of bf16, on operands that are widened
// first. A product of two numbers of bf16 is exact in f32, so this means what the node means, at
// the price of a copy. Its name begins with "widened".
std::optional<Kernel> widened_kernel(const Node& node, int threads, Maker maker);

}  // namespace glia::cpu
