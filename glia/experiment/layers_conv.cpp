#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

// The options that every convolution has, and those that `Options` has.
template <class Options>
nn::Module conv(Settings& s, nn::Module (*make)(Options)) {
  Options o;
  constexpr std::size_t rank = std::tuple_size_v<decltype(o.kernel_size.each)>;
  if constexpr (requires { o.filters; })
    o.filters = s.required_integer("filters", "channels of the result");
  if constexpr (requires { o.depth_multiplier; })
    o.depth_multiplier = s.integer("depth_multiplier", o.depth_multiplier,
                                   "channels of the result for each channel");
  o.kernel_size = sizes<rank>(s, "kernel_size", o.kernel_size, "places that a window spans");
  o.stride = sizes<rank>(s, "stride", o.stride, "places from one window to the next");
  o.dilation =
      sizes<rank>(s, "dilation", o.dilation, "places from one tap of a window to the next");
  o.padding = padding(s);
  if constexpr (requires { o.output_padding; })
    o.output_padding =
        sizes<rank>(s, "output_padding", o.output_padding, "places more at the end of the result");
  if constexpr (requires { o.groups; })
    o.groups = s.integer("groups", o.groups, "groups of channels that do not see each other");
  read_kernel(s, o, "a number of its own added to each channel");
  return make(std::move(o));
}

template <auto make>
nn::Module made(Settings& s) {
  return conv(s, make);
}

}  // namespace

LayerMakers conv_layers() {
  return {
      {"conv1d", "convolution of sequences", made<nn::conv1d>},
      {"conv2d", "convolution of images", made<nn::conv2d>},
      {"conv3d", "convolution of volumes", made<nn::conv3d>},
      {"conv1d_transpose", "transposed convolution of sequences: makes them longer",
       made<nn::conv1d_transpose>},
      {"conv2d_transpose", "transposed convolution of images: makes them larger",
       made<nn::conv2d_transpose>},
      {"conv3d_transpose", "transposed convolution of volumes: makes them larger",
       made<nn::conv3d_transpose>},
      {"depthwise_conv1d", "convolution of each channel of a sequence by itself",
       made<nn::depthwise_conv1d>},
      {"depthwise_conv2d", "convolution of each channel of images by itself",
       made<nn::depthwise_conv2d>},
      {"separable_conv1d", "depthwise convolution of sequences, then one over the channels",
       made<nn::separable_conv1d>},
      {"separable_conv2d", "depthwise convolution of images, then one over the channels",
       made<nn::separable_conv2d>},
  };
}

}  // namespace glia::experiment
