#include <limits>

#include "glia/backends/cpu/bfloat16.h"
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
  if constexpr (std::is_same_v<From, BFloat16>)
    return converted<To>(static_cast<float>(v));
  else if constexpr (std::is_same_v<To, bool>)
    return v != From{};
  else if constexpr (std::is_same_v<To, BFloat16>)
    return BFloat16(v);
  else if constexpr (std::is_floating_point_v<From> && !std::is_floating_point_v<To>)
    return static_cast<To>(to_whole(v));
  else
    return static_cast<To>(v);
}

// What mixed precision does at every step.
template <class To, class From>
Kernel vector_kernel(void (*convert)(To* to, const From* from, std::int64_t n), std::int64_t n,
                     int threads) {
  const int team = worth_threads(threads, 0.15 * static_cast<double>(n));
  return {.name = "simd", .run = [=](const Args& args) {
            split(team, n, [&](std::int64_t first, std::int64_t last) {
              convert(args.output<To>(0) + first, args.input<From>(0) + first, last - first);
            });
          }};
}

}  // namespace

std::optional<Kernel> cast_kernel(const Node& node, int threads) {
  const std::int64_t n = node.outputs[0].shape.elements();
  const DType from = node.inputs[0].dtype(), to = node.outputs[0].dtype;
  if (from == DType::f32 && to == DType::bf16)
    return vector_kernel(bf16_functions().to, n, threads);
  if (from == DType::bf16 && to == DType::f32)
    return vector_kernel(bf16_functions().from, n, threads);
  const int team = worth_threads(threads, 0.4 * static_cast<double>(n));
  Kernel kernel{.name = "plain"};
  dispatch(from, [&](auto from_zero) {
    dispatch(to, [&](auto to_zero) {
      using From = decltype(from_zero);
      using To = decltype(to_zero);
      kernel.run = [n, team](const Args& args) {
        const From* x = args.input<From>(0);
        To* y = args.output<To>(0);
        split(team, n, [&](std::int64_t first, std::int64_t last) {
          for (std::int64_t i = first; i < last; ++i) y[i] = converted<To>(x[i]);
        });
      };
    });
  });
  if (from == to) kernel.in_place = {{0, 0}};
  return kernel;
}

}  // namespace glia::cpu
