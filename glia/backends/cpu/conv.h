// Internal: what the kernels of conv2d and its two gradients are planned from.
#pragma once

#include <cstdint>
#include <optional>

#include "glia/ir/graph.h"

namespace glia::cpu {

enum class ConvPass : std::uint8_t { forward, input_gradient, weight_gradient };

// A convolution of known size. x: [N, C, H, W], weight: [O, C/groups, h, w], y: [N, O, H', W'];
// x and y lie in the same layout, the weight lies plainly.
struct Conv {
  ConvPass pass = ConvPass::forward;
  Layout layout = Layout::plain;  // or channels_last
  std::int64_t batch = 0, channels = 0, filters = 0, groups = 1;
  std::int64_t height = 0, width = 0, out_height = 0, out_width = 0;
  std::int64_t kernel_height = 0, kernel_width = 0;
  std::int64_t stride_y = 1, stride_x = 1, dilation_y = 1, dilation_x = 1;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  // padding
  bool bias = false, relu = false;                        // forward only; relu(NaN) is NaN
  int threads = 1;                                        // at most
  bool bf16 = false;  // the two operands, of which products are added up in f32

  std::int64_t group_channels() const { return channels / groups; }
  std::int64_t group_filters() const { return filters / groups; }
  // Multiply-adds for each element of y.
  std::int64_t window() const { return group_channels() * kernel_height * kernel_width; }
  std::int64_t x_elements() const { return batch * channels * height * width; }
  std::int64_t y_elements() const { return batch * filters * out_height * out_width; }
  std::int64_t weight_elements() const { return filters * window(); }
};

// The buffers of one run. Which of x, weight and y is written is what the pass says; of a Conv with
// bf16 the other two are BFloat16, whatever the pointer's type.
struct ConvArgs {
  float *x = nullptr, *weight = nullptr;
  const float* bias = nullptr;  // [O], or null
  float* y = nullptr;
  std::byte* scratch = nullptr;
};

}  // namespace glia::cpu
