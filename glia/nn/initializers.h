// How parameters begin.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

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

// Options that cannot be: E-OPTION-01.

Initializer zeros();
Initializer ones();
Initializer constant(double value = 0);
struct UniformOptions {
  double from = -0.05, to = 0.05;
};
Initializer random_uniform(UniformOptions options = {});
struct NormalOptions {
  double mean = 0, deviation = 0.05;
};
Initializer random_normal(NormalOptions options = {});
// Drawn again where it lies more than two deviations from the mean, as in Keras: what remains
// deviates by 0.8796 times `deviation`.
Initializer truncated_normal(NormalOptions options = {});

// Glorot and Bengio, AISTATS 2010: variance 2 / (fan_in + fan_out).
Initializer glorot_uniform();
Initializer glorot_normal();
// He et al., arXiv 1502.01852: variance 2 / fan. With fan_in the size of what flows forward stays,
// with fan_out that of the gradients.
enum class Fan : std::uint8_t { in, out };
Initializer he_uniform(Fan mode = Fan::in);
Initializer he_normal(Fan mode = Fan::in);
// LeCun et al., "Efficient BackProp", 1998: variance 1 / fan_in.
Initializer lecun_uniform();
Initializer lecun_normal();
// Uniform within 1 / sqrt(fan_in) of 0: what PyTorch gives linear and convolution layers, weight
// and bias, where nothing else is asked for.
Initializer fan_in_uniform();

// Of the weight seen as [out, everything else]: the shorter side's rows are orthogonal and of
// length `gain`, drawn evenly among all such. Saxe et al., arXiv 1312.6120. Cost: 2 * rows^2 *
// columns.
Initializer orthogonal(double gain = 1);
// `gain` where row and column are equal, 0 elsewhere; for [out, in] only: E-OPTION-01.
Initializer identity(double gain = 1);

// By the name that experiments use, with its usual options. E-NN-01 with the nearest name.
Initializer initializer(std::string_view name);
std::vector<std::string> initializer_names();

}  // namespace glia::nn
