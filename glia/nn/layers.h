// The layers. Names are Keras's, parameters' names, layouts and defaults PyTorch's;
// docs/defaults.md lists every difference from both.
#pragma once

#include <array>

#include "glia/nn/module.h"

namespace glia::nn {

// An elementwise function, and softmax over the last axis. A layer by itself, and an option of
// others.
struct Activation {
  std::string name;
  Value (*apply)(Value x) = nullptr;
  Value forward(Value x) const { return apply(x); }
  std::string kind() const { return name; }
};
extern const Activation linear, sigmoid, tanh, relu, leaky_relu, softmax;
Activation activation(std::string_view name);  // E-NN-01 with the nearest name
std::vector<std::string> activation_names();
Module leaky_relu_with(double slope);

// x: [N, in] -> [N, units]. weight [units, in], bias [units].
struct DenseOptions {
  std::int64_t units = 0;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();  // over the weight's fan_in, as in PyTorch
  double l2 = 0;                                    // on the weight: loss += l2 * sum(weight^2)
};
Module dense(DenseOptions options);

// Padding of images: `valid` none, `same` keeps the size at stride 1 (the odd row or column goes to
// the bottom and the right, as in PyTorch), or a number for every side.
struct Padding {
  enum class Kind : std::uint8_t { valid, same, amount } kind = Kind::valid;
  std::int64_t amount = 0;
};

// x: [N, C, H, W] -> [N, filters, H', W']. weight [filters, C / groups, h, w], bias [filters].
struct Conv2dOptions {
  std::int64_t filters = 0;
  std::array<std::int64_t, 2> kernel_size{3, 3};
  std::array<std::int64_t, 2> stride{1, 1};
  std::array<std::int64_t, 2> dilation{1, 1};
  Padding padding = {};
  std::int64_t groups = 1;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();
  double l2 = 0;
};
Module conv2d(Conv2dOptions options);

// x: [N, C, H, W] -> [N, C, H', W']. A stride of 0 is the window's size.
struct MaxPool2dOptions {
  std::array<std::int64_t, 2> pool_size{2, 2};
  std::array<std::int64_t, 2> stride{0, 0};
  Padding padding = {};
};
Module max_pool2d(MaxPool2dOptions options = {});

Module global_average_pool2d();  // x: [N, C, H, W] -> [N, C]
Module flatten();                // x: [N, ...] -> [N, product]

// x: [N, C] or [N, C, H, W]. weight, bias, running_mean, running_var: [C]. While training, by the
// batch's statistics; otherwise by running ones, running = (1 - momentum) * running + momentum *
// batch's, the variance unbiased there, as in PyTorch. arXiv 1502.03167.
struct BatchNormOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
};
Module batch_norm(BatchNormOptions options = {});

// While training, zeroes each element with probability `rate` and divides the others by 1 - rate.
// E-OPTION-01 unless 0 <= rate < 1.
struct DropoutOptions {
  double rate = 0.5;
};
Module dropout(DropoutOptions options = {});

}  // namespace glia::nn
