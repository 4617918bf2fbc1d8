// Convolutions of sequences [N, T, F], images [N, C, H, W] and volumes [N, C, D, H, W].
#pragma once

#include "glia/nn/activations.h"
#include "glia/nn/sizes.h"

namespace glia::nn {

// What stands around the input. `valid`: nothing. `same`: zeros so that the result has
// ceil(size / stride) places, by TensorFlow's rule: max((places - 1) * stride + window - size, 0)
// in all, the smaller half before, the odd one after (at stride 1 that is PyTorch's `same`).
// `causal` (sequences): window - 1 before, so that no place sees later ones. `amount`: that many on
// every side. `sides`: one number for each axis, or two, before and after: {top, bottom, left,
// right}.
struct Padding {
  enum class Kind : std::uint8_t { valid, same, causal, amount, sides } kind = Kind::valid;
  std::int64_t amount = 0;
  std::vector<std::int64_t> sides = {};
};

// x: [N, C, spatial...] -> [N, filters, spatial'...] (sequences: [N, T, F] -> [N, T', filters]).
// weight [filters, C / groups, window...], bias [filters]. A sequence's mask: masked places count
// as zeros, and the result's mask follows for `same` (stride 1), `causal` and `valid` (a window is
// real where all of its places are); another padding refuses it.
template <std::size_t Rank>
struct ConvOptions {
  std::int64_t filters = 0;
  Sizes<Rank> kernel_size = 3;
  Sizes<Rank> stride = 1;
  Sizes<Rank> dilation = 1;
  Padding padding = {};
  std::int64_t groups = 1;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();
  double l2 = 0;
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
using Conv3dOptions = ConvOptions<3>;
Module conv1d(Conv1dOptions options);
Module conv2d(Conv2dOptions options);
Module conv3d(Conv3dOptions options);

// The adjoint of a convolution ("deconvolution"): each place grows to
// (size - 1) * stride - padding + window + output_padding; `same` gives size * stride.
// weight [C, filters / groups, window...], bias [filters].
template <std::size_t Rank>
struct ConvTransposeOptions {
  std::int64_t filters = 0;
  Sizes<Rank> kernel_size = 3;
  Sizes<Rank> stride = 1;
  Sizes<Rank> dilation = 1;
  Padding padding = {};
  Sizes<Rank> output_padding = 0;  // places more at the end; below the stride or the dilation
  std::int64_t groups = 1;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();
  double l2 = 0;
};
Module conv1d_transpose(ConvTransposeOptions<1> options);
Module conv2d_transpose(ConvTransposeOptions<2> options);
Module conv3d_transpose(ConvTransposeOptions<3> options);

// Each channel by itself, `depth_multiplier` results of each: weight [C * depth_multiplier, 1,
// window...], which is PyTorch's convolution with groups = C.
template <std::size_t Rank>
struct DepthwiseConvOptions {
  std::int64_t depth_multiplier = 1;
  Sizes<Rank> kernel_size = 3;
  Sizes<Rank> stride = 1;
  Sizes<Rank> dilation = 1;
  Padding padding = {};
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();
  double l2 = 0;
};
Module depthwise_conv1d(DepthwiseConvOptions<1> options);
Module depthwise_conv2d(DepthwiseConvOptions<2> options);

// A depthwise convolution without bias, then one of windows of 1: "depthwise.weight",
// "pointwise.weight", "pointwise.bias".
template <std::size_t Rank>
struct SeparableConvOptions {
  std::int64_t filters = 0;
  std::int64_t depth_multiplier = 1;
  Sizes<Rank> kernel_size = 3;
  Sizes<Rank> stride = 1;
  Sizes<Rank> dilation = 1;
  Padding padding = {};
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer = fan_in_uniform();
  Initializer bias_initializer = fan_in_uniform();
  double l2 = 0;
};
Module separable_conv1d(SeparableConvOptions<1> options);
Module separable_conv2d(SeparableConvOptions<2> options);

}  // namespace glia::nn
