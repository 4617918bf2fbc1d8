#include "glia/backends/cpu.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/simd.h"
#include "glia/ops/ops.h"

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
  Layout layout(const Node&) const override { return Layout::plain; }
  std::string fingerprint() const override { return "cpu"; }
};

}  // namespace cpu

const Target& cpu_target() {
  static const cpu::CpuTarget target;
  return target;
}

}  // namespace glia
