#include "glia/backends/cpu/whole_numbers.h"

#include <algorithm>

#include "glia/backends/cpu/walk.h"
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
    case Micro::greater:
      return a > b;
    case Micro::greater_equal:
      return a >= b;
    case Micro::equal:
      return a == b;
    default:
      return 0;
  }
}

bool is_served(Micro micro) {
  switch (micro) {
    case Micro::neg:
    case Micro::add:
    case Micro::sub:
    case Micro::mul:
    case Micro::maximum:
    case Micro::minimum:
    case Micro::greater:
    case Micro::greater_equal:
    case Micro::equal:
      return true;
    default:
      return false;
  }
}

// The second operand of an op of one is the first once more.
template <class T>
void run(Micro micro, const Walk& walk, const Args& args, int second) {
  T* to = args.output<T>(0);
  const std::int64_t a_step = walk.step(0), b_step = walk.step(static_cast<std::size_t>(second));
  for (std::int64_t row = 0, rows = walk.rows(); row < rows; ++row) {
    const auto* a = args.input<std::int64_t>(0) + walk.offset(0, row);
    const auto* b =
        args.input<std::int64_t>(second) + walk.offset(static_cast<std::size_t>(second), row);
    for (std::int64_t i = 0, n = walk.columns(); i < n; ++i)
      *to++ = static_cast<T>(compute(micro, a[i * a_step], b[i * b_step]));
  }
}

}  // namespace

std::optional<Kernel> whole_numbers_kernel(const Node& node) {
  if (!node.op->elementwise || !is_served(node.op->micro)) return std::nullopt;
  const Type& out = node.outputs[0];
  std::vector<std::vector<std::int64_t>> strides;
  for (const Value& v : node.inputs) {
    if (v.dtype() != DType::i64 || v.type().layout != out.layout) return std::nullopt;
    strides.push_back(memory_strides(v.type(), out));
  }
  const Walk walk = collapse(memory_sizes(out), std::move(strides));
  Kernel kernel{.name = "plain"};
  if (out.shape.elements() == 0) {
    kernel.run = [](const Args&) {};
    return kernel;
  }
  const int second = node.inputs.size() == 2 ? 1 : 0;
  if (out.dtype == DType::i64)
    for (int i = 0; i <= second; ++i)
      if (walk.whole(static_cast<std::size_t>(i))) kernel.in_place.emplace_back(0, i);
  kernel.run = [micro = node.op->micro, walk, second,
                boolean = out.dtype == DType::boolean](const Args& args) {
    if (boolean)
      run<bool>(micro, walk, args, second);
    else
      run<std::int64_t>(micro, walk, args, second);
  };
  return kernel;
}

}  // namespace glia::cpu
