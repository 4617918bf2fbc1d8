#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

nn::Module dense(Settings& s) {
  nn::DenseOptions o;
  o.units = s.required_integer("units", "numbers in each row of the result");
  read_kernel(s, o, "a number of its own added to each unit");
  return nn::dense(std::move(o));
}

}  // namespace

LayerMakers dense_layers() {
  return {{"dense", "activation(x W + b): every unit sees the whole row", dense}};
}

}  // namespace glia::experiment
