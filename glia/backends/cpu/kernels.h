// Internal: the CPU's kernels, one maker for each op in kernels.def. A maker looks at a node of
// known shapes and gives the kernel, or nothing where it does not serve this case (then the op's
// decomposition runs, or the reference).
#pragma once

#include "glia/ir/target.h"

namespace glia::cpu {

using Maker = std::optional<Kernel> (*)(const Node& node, int threads);

#define KERNEL(op) std::optional<Kernel> op##_kernel(const Node& node, int threads);
#include "glia/backends/cpu/kernels.def"
#undef KERNEL

// All elementwise ops, and chains of them ("fused").
std::optional<Kernel> elementwise_kernel(const Node& node, int threads);

// Which op has which name in kernels.def, for targets made of them.
Maker find_maker(const OpDef& op);

}  // namespace glia::cpu
