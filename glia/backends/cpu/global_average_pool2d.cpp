#include <algorithm>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/pool_images.h"
#include "glia/backends/cpu/reduce.h"

namespace glia::cpu {

std::optional<Kernel> global_average_pool2d_kernel(const Node& node, int threads) {
  const PoolImages p(node.inputs[0].type());
  const std::int64_t pixels = p.h * p.w;
  if (node.inputs[0].dtype() != DType::f32 || pixels == 0) return std::nullopt;
  const int team = worth_threads(threads, 0.1 * static_cast<double>(p.images * p.in_elements()));
  const Sums sums = sum_functions();
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const float* x = args.input<float>(0) + i * p.in_elements();
        float* y = args.output<float>(0) + i * p.c;
        if (p.c == 1) {
          *y = static_cast<float>(sums.run(x, pixels) / static_cast<double>(pixels));
          continue;
        }
        sums.columns(x, p.c, pixels, p.c, y);
        for (std::int64_t j = 0; j < p.c; ++j) y[j] /= static_cast<float>(pixels);
      }
    });
  };
  return kernel;
}

std::optional<Kernel> global_average_pool2d_gradient_kernel(const Node& node, int threads) {
  const PoolImages p(node.outputs[0]);
  const std::int64_t pixels = p.h * p.w;
  if (node.outputs[0].dtype != DType::f32 || pixels == 0) return std::nullopt;
  const int team = worth_threads(threads, 0.1 * static_cast<double>(p.images * p.in_elements()));
  Kernel kernel{.name = "plain"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        const float* dy = args.input<float>(0) + i * p.c;
        float* dx = args.output<float>(0) + i * p.in_elements();
        if (p.c == 1) {
          std::fill_n(dx, pixels, *dy / static_cast<float>(pixels));
          continue;
        }
        for (std::int64_t j = 0; j < p.c; ++j) dx[j] = dy[j] / static_cast<float>(pixels);
        for (std::int64_t k = 1; k < pixels; ++k) std::copy_n(dx, p.c, dx + k * p.c);
      }
    });
  };
  return kernel;
}

}  // namespace glia::cpu
