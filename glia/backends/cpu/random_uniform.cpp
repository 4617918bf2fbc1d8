#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/base/random.h"

namespace glia::cpu {

// Noise is drawn for layers that are rare and small, so plainly: element by element.
std::optional<Kernel> random_uniform_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const std::int64_t n = node.outputs[0].shape.elements();
  const auto seed = static_cast<std::uint64_t>(node.attributes.integer("seed"));
  const auto stream = static_cast<std::uint32_t>(node.attributes.integer("stream"));
  const int team = worth_threads(threads, 5 * static_cast<double>(n));
  Kernel kernel{.name = "plain"};
  kernel.run = [=](const Args& args) {
    const auto step = static_cast<std::uint64_t>(*args.input<std::int64_t>(0));
    float* to = args.output<float>(0);
    split(team, n, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        to[i] = philox_uniform(seed, stream, step, static_cast<std::uint64_t>(i));
    });
  };
  return kernel;
}

}  // namespace glia::cpu
