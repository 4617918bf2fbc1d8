// Pooling.
#pragma once

#include <array>

#include "glia/nn/conv.h"

namespace glia::nn {

// x: [N, C, H, W] -> [N, C, H', W']. A stride of 0 is the window's size.
struct MaxPool2dOptions {
  std::array<std::int64_t, 2> pool_size{2, 2};
  std::array<std::int64_t, 2> stride{0, 0};
  Padding padding = {};
};
Module max_pool2d(MaxPool2dOptions options = {});

Module global_average_pool2d();  // x: [N, C, H, W] -> [N, C]

}  // namespace glia::nn
