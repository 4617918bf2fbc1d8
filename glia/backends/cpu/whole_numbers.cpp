#include "glia/backends/cpu/whole_numbers.h"

#include <algorithm>

#include "glia/ops/elementwise.h"

namespace glia::cpu {
namespace {

// Wraps around, as the reference does.
std::int64_t compute(Micro micro, std::int64_t a, std::int64_t b) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  switch (micro) {
    case Micro::neg:
      return static_cast<std::int64_t>(0 - ua);
    case Micro::add:
      return static_cast<std::int64_t>(ua + ub);
    case Micro::sub:
      return static_cast<std::int64_t>(ua - ub);
    case Micro::mul:
      return static_cast<std::int64_t>(ua * ub);
    case Micro::maximum:
      return std::max(a, b);
    case Micro::minimum:
      return std::min(a, b);
    default:
      return 0;
  }
}

bool is_served(Micro micro) {
  return micro == Micro::neg || micro == Micro::add || micro == Micro::sub || micro == Micro::mul ||
         micro == Micro::maximum || micro == Micro::minimum;
}

}  // namespace

std::optional<Kernel> whole_numbers_kernel(const Node& node) {
  if (!node.op->elementwise || !is_served(node.op->micro) || node.outputs[0].dtype != DType::i64)
    return std::nullopt;
  const std::int64_t n = node.outputs[0].shape.elements();
  std::int64_t step[2] = {0, 0};
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const Type& type = node.inputs[i].type();
    if (type.shape.elements() != 1 && type.shape != node.outputs[0].shape) return std::nullopt;
    step[i] = type.shape.elements() == 1 ? 0 : 1;
  }
  Kernel kernel{.name = "plain"};
  for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i)
    if (step[i] == 1 || n == 1) kernel.in_place.emplace_back(0, i);
  const int second = node.inputs.size() == 2 ? 1 : 0;
  kernel.run = [micro = node.op->micro, n, second, a_step = step[0],
                b_step = step[second]](const Args& args) {
    const auto* a = args.input<std::int64_t>(0);
    const auto* b = args.input<std::int64_t>(second);
    auto* to = args.output<std::int64_t>(0);
    for (std::int64_t i = 0; i < n; ++i) to[i] = compute(micro, a[i * a_step], b[i * b_step]);
  };
  return kernel;
}

}  // namespace glia::cpu
