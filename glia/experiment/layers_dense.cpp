#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module dense(Settings& s) {
  nn::DenseOptions o;
  o.units = s.required_integer("units");
  o.activation = activation(s);
  o.bias = s.flag("bias", true);
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0);
  return nn::dense(std::move(o));
}

nn::Module leaky_relu(Settings& s) { return nn::leaky_relu_with(s.real("slope", 0.01)); }

// An activation without options.
template <const nn::Activation& activation>
nn::Module plain(Settings&) {
  return nn::Module(activation);
}

}  // namespace

LayerMakers dense_layers() {
  return {
      {"dense", dense},
      {"leaky_relu", leaky_relu},
      {"linear", plain<nn::linear>},
      {"sigmoid", plain<nn::sigmoid>},
      {"tanh", plain<nn::tanh>},
      {"relu", plain<nn::relu>},
      {"softmax", plain<nn::softmax>},
  };
}

}  // namespace glia::experiment
