#include <hwy/highway.h>

#include "glia/backends/cpu.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/simd.h"
#include "glia/base/format.h"
#include "glia/ops/ctc.h"
#include "glia/ops/ops.h"
#include "glia/ops/recurrent.h"

namespace glia {
namespace cpu {

Maker find_maker(const OpDef& op) {
  struct Entry {
    const OpDef* op;
    Maker maker;
  };
  static const Entry table[] = {
#define KERNEL(op) {&op##_def, op##_kernel},
#include "glia/backends/cpu/kernels.def"
#undef KERNEL
  };
  if (op.elementwise || &op == &fused_def) return elementwise_kernel;
  for (const Entry& entry : table)
    if (entry.op == &op) return entry.maker;
  return nullptr;
}

class CpuTarget final : public Target {
 public:
  std::string name() const override { return "cpu"; }
  std::optional<Kernel> kernel(const Node& node, int threads) const override {
    const Maker maker = find_maker(*node.op);
    choose_instruction_set();
    return maker ? maker(node, threads) : std::nullopt;
  }
  // The layout that any number of channels and every instruction set shares: see
  // docs/notes/kernels.md. Where the reference steps in, images lie plainly.
  Layout layout(const Node& node) const override {
    const bool ours = node.outputs[0].dtype == DType::f32 && find_maker(*node.op) != nullptr;
    return ours ? Layout::channels_last : Layout::plain;
  }
  // oneDNN is not asked for its version here, for that would load it: it stands in the names of
  // the kernels that are oneDNN's, which the program adds.
  std::string fingerprint() const override {
    return fmt::format("cpu {} hwy {}.{}.{}", instruction_set(), HWY_MAJOR, HWY_MINOR, HWY_PATCH);
  }
};

}  // namespace cpu

const Target& cpu_target() {
  static const cpu::CpuTarget target;
  return target;
}

}  // namespace glia
