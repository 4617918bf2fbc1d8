#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

// The options that every convolution has, and those that `Options` has.
template <class Options>
nn::Module conv(Settings& s, nn::Module (*make)(Options)) {
  Options o;
  constexpr std::size_t rank = std::tuple_size_v<decltype(o.kernel_size.each)>;
  if constexpr (requires { o.filters; }) o.filters = s.required_integer("filters");
  if constexpr (requires { o.depth_multiplier; })
    o.depth_multiplier = s.integer("depth_multiplier", 1);
  o.kernel_size = sizes<rank>(s, "kernel_size", 3);
  o.stride = sizes<rank>(s, "stride", 1);
  o.dilation = sizes<rank>(s, "dilation", 1);
  o.padding = padding(s);
  if constexpr (requires { o.output_padding; })
    o.output_padding = sizes<rank>(s, "output_padding", 0);
  if constexpr (requires { o.groups; }) o.groups = s.integer("groups", 1);
  o.activation = activation(s);
  o.bias = s.flag("bias", true);
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0);
  return make(std::move(o));
}

template <auto make>
nn::Module made(Settings& s) {
  return conv(s, make);
}

}  // namespace

LayerMakers conv_layers() {
  return {
      {"conv1d", made<nn::conv1d>},
      {"conv2d", made<nn::conv2d>},
      {"conv3d", made<nn::conv3d>},
      {"conv1d_transpose", made<nn::conv1d_transpose>},
      {"conv2d_transpose", made<nn::conv2d_transpose>},
      {"conv3d_transpose", made<nn::conv3d_transpose>},
      {"depthwise_conv1d", made<nn::depthwise_conv1d>},
      {"depthwise_conv2d", made<nn::depthwise_conv2d>},
      {"separable_conv1d", made<nn::separable_conv1d>},
      {"separable_conv2d", made<nn::separable_conv2d>},
  };
}

}  // namespace glia::experiment
