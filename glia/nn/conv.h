// Convolutions.
#pragma once

#include <array>

#include "glia/nn/activations.h"

namespace glia::nn {

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

}  // namespace glia::nn
