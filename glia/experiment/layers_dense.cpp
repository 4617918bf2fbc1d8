#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module dense(Settings& s) {
  nn::DenseOptions o;
  o.units = s.required_integer("units", "numbers in each row of the result");
  o.activation = activation(s);
  o.bias = s.flag("bias", true, "a number of its own added to each unit");
  o.kernel_initializer = initializer(s, "kernel_initializer");
  o.bias_initializer = initializer(s, "bias_initializer");
  o.l2 = s.real("l2", 0, "times the sum of squared weights is added to the loss");
  return nn::dense(std::move(o));
}

}  // namespace

LayerMakers dense_layers() {
  return {{"dense", "activation(x W + b): every unit sees the whole row", dense}};
}

}  // namespace glia::experiment
