// Times a training step of a small CNN on random images, and says what takes the time.
//   build/bench_cnn_step [model] [threads] [steps] [profile]
// Models: "small" 1 -> 16, pool, 16 -> 32, pool, dense 10; "wide" 1 -> 32, pool, 32 -> 64, pool,
// dense 10; "norm" the wide one with batch norm, ending in a third convolution and a global
// average. All convolutions are 3x3 with padding and relu, images are 28x28, batches of 64, Adam.
#include <cstdlib>
#include <string>

#include "bench/kernels/step.h"
#include "glia/nn/layers.h"

namespace glia::bench {
namespace {

nn::Module conv(std::int64_t filters, bool relu = true) {
  nn::Conv2dOptions o;
  o.filters = filters;
  o.padding.kind = nn::Padding::Kind::same;
  if (relu) o.activation = nn::relu;
  return nn::conv2d(o);
}

nn::Module model_of(const std::string& name) {
  const nn::Module pool = nn::max_pool2d(), end = nn::dense({.units = 10});
  if (name == "small") return nn::sequential({conv(16), pool, conv(32), pool, nn::flatten(), end});
  if (name == "norm")
    return nn::sequential({conv(32, false), nn::batch_norm(), nn::relu, pool, conv(64, false),
                           nn::batch_norm(), nn::relu, pool, conv(64, false), nn::batch_norm(),
                           nn::relu, nn::global_average_pool2d(), end});
  return nn::sequential({conv(32), pool, conv(64), pool, nn::flatten(), end});
}

}  // namespace
}  // namespace glia::bench

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "wide";
  glia::bench::time_step(name, glia::bench::model_of(name), {1, 28, 28},
                         {.threads = argc > 2 ? std::atoi(argv[2]) : 1,
                          .steps = argc > 3 ? std::atoi(argv[3]) : 20,
                          .profile = argc > 4});
}
