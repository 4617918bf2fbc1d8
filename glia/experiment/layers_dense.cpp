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

}  // namespace

LayerMakers dense_layers() { return {{"dense", dense}}; }

}  // namespace glia::experiment
