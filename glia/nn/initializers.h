// How parameters begin.
#pragma once

#include <functional>
#include <string>

#include "glia/base/random.h"
#include "glia/tensor/tensor.h"

namespace glia::nn {

// How many inputs feed one output of a weight, and how many outputs one input feeds. For
// [out, in, receptive...], as PyTorch counts them.
struct Fans {
  std::int64_t in = 1, out = 1;
};
Fans fans_of(const Shape& weight);

struct Initializer {
  std::string name;
  std::function<Tensor(const Shape& shape, Fans fans, Random& random)> make;  // f32
};

Initializer zeros();
Initializer ones();
Initializer constant(double value);
struct UniformOptions {
  double from = -0.05, to = 0.05;
};
Initializer random_uniform(UniformOptions options = {});
// Glorot and Bengio, AISTATS 2010: variance 2 / (fan_in + fan_out).
Initializer glorot_uniform();
Initializer glorot_normal();
// He et al., arXiv 1502.01852: variance 2 / fan_in.
Initializer he_uniform();
Initializer he_normal();
// Uniform within 1 / sqrt(fan_in) of 0: what PyTorch gives linear and convolution layers, weight
// and bias, where nothing else is asked for.
Initializer fan_in_uniform();

// By the name that experiments use. E-NN-01 with the nearest name.
Initializer initializer(std::string_view name);
std::vector<std::string> initializer_names();

}  // namespace glia::nn
