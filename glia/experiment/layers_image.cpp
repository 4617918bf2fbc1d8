#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module conv2d(Settings& s) {
  nn::Conv2dOptions o;
  o.filters = s.required_integer("filters");
  o.kernel_size = s.pair("kernel_size", {3, 3});
  o.stride = s.pair("stride", {1, 1});
  o.dilation = s.pair("dilation", {1, 1});
  o.padding = padding(s);
  o.groups = s.integer("groups", 1);
  o.activation = activation(s);
  o.bias = s.flag("bias", true);
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0);
  return nn::conv2d(std::move(o));
}

nn::Module max_pool2d(Settings& s) {
  nn::MaxPool2dOptions o;
  o.pool_size = s.pair("pool_size", {2, 2});
  o.stride = s.pair("stride", o.pool_size);
  o.padding = padding(s);
  return nn::max_pool2d(o);
}

}  // namespace

LayerMakers image_layers() {
  return {
      {"conv2d", conv2d},
      {"max_pool2d", max_pool2d},
      {"global_average_pool2d", [](Settings&) { return nn::global_average_pool2d(); }},
  };
}

}  // namespace glia::experiment
