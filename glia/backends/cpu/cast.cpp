#include <limits>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"

namespace glia::cpu {
namespace {

// Cut towards zero and held within the range of i64; NaN gives 0. As the reference has it.
std::int64_t to_whole(double v) {
  if (!(v == v)) return 0;
  if (v >= 0x1p63) return std::numeric_limits<std::int64_t>::max();
  if (v <= -0x1p63) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(v);
}

template <class To, class From>
To converted(From v) {
  if constexpr (std::is_same_v<To, bool>)
    return v != From{};
  else if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>)
    return static_cast<To>(to_whole(v));
  else
    return static_cast<To>(v);
}

}  // namespace

std::optional<Kernel> cast_kernel(const Node& node, int threads) {
  const std::int64_t n = node.outputs[0].shape.elements();
  const int team = worth_threads(threads, 0.4 * static_cast<double>(n));
  Kernel kernel{.name = "plain"};
  dispatch(node.inputs[0].dtype(), [&](auto from_zero) {
    dispatch(node.outputs[0].dtype, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      kernel.run = [n, team](const Args& args) {
        const From* from = args.input<From>(0);
        To* to = args.output<To>(0);
        split(team, n, [&](std::int64_t first, std::int64_t last) {
          for (std::int64_t i = first; i < last; ++i) to[i] = converted<To>(from[i]);
        });
      };
    });
  });
  if (node.inputs[0].dtype() == node.outputs[0].dtype) kernel.in_place = {{0, 0}};
  return kernel;
}

}  // namespace glia::cpu
