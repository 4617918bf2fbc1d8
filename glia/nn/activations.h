// Activation functions: layers by themselves, and options of others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "glia/nn/module.h"

namespace glia::nn {

// A function without parameters, x: [...] -> the same shape (glu apart). A layer by itself, and an
// option of others: dense({.units = 8, .activation = nn::elu_with(0.5)}).
struct Activation {
  std::string name;
  std::function<Value(Value x)> apply;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const;  // E-OPTION-01 where it is empty
  std::string kind() const { return name; }
};

// With their usual options, which are those of the functions below.
extern const Activation linear, sigmoid, tanh, relu, relu6, leaky_relu, elu, selu, celu, gelu,
    gelu_tanh, silu, mish, softplus, softsign, hard_sigmoid, hard_swish, hard_tanh, exponential,
    log_sigmoid, tanhshrink, softshrink, hardshrink, threshold, softmax, softmin, log_softmax, glu;

// By the name that experiments use; "swish" is silu. E-NN-01 with the nearest name.
Activation activation(std::string_view name);
std::vector<std::string> activation_names();

// With other options. E-OPTION-01 for options that cannot be.
Activation leaky_relu_with(double slope);  // x for x > 0, slope * x elsewhere
Activation elu_with(double alpha);         // x for x > 0, alpha * (e^x - 1); arXiv 1511.07289
Activation celu_with(double alpha);        // alpha * (e^(x / alpha) - 1); arXiv 1704.07483
Activation hard_tanh_with(double min, double max);          // x held between both
Activation softshrink_with(double lambda);                  // towards 0 by lambda, at most to 0
Activation hardshrink_with(double lambda);                  // 0 for |x| <= lambda
Activation threshold_with(double threshold, double value);  // `value` for x <= threshold
// ln(1 + e^(beta x)) / beta; x itself where beta * x > threshold.
struct SoftplusOptions {
  double beta = 1, threshold = 20;
};
Activation softplus_with(SoftplusOptions options);
// x * Phi(x), the normal distribution's function; approximate: with the tanh of arXiv 1606.08415.
struct GeluOptions {
  bool approximate = false;
};
Activation gelu_with(GeluOptions options);
// Along one axis. E-SHAPE-08 where x has none; E-NN-02 along the time of a padded sequence.
Activation softmax_along(int axis);
Activation softmin_along(int axis);      // softmax of -x
Activation log_softmax_along(int axis);  // small values keep their relative accuracy
// a * sigmoid(b) for the halves a, b of the axis, which becomes half as long; arXiv 1612.08083.
Activation glu_along(int axis);

// x for x > 0, weight * x elsewhere; He et al., arXiv 1502.01852. weight: [1], or one for each
// channel: of the last axis for x of rank 2 and 3, of axis 1 for images [N, C, H, W].
struct PreluOptions {
  bool per_channel = false;
  double initial = 0.25;
};
Module prelu(PreluOptions options = {});

}  // namespace glia::nn
