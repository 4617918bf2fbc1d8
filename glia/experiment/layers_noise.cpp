#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <nn::Module (*make)(nn::DropoutOptions)>
nn::Module by_rate(Settings& s) {
  return make({.rate = s.real("rate", 0.5)});
}

nn::Module gaussian_noise(Settings& s) {
  return nn::gaussian_noise({.stddev = s.real("stddev", 1)});
}

}  // namespace

LayerMakers noise_layers() {
  return {
      {"dropout", by_rate<nn::dropout>},
      {"spatial_dropout1d", by_rate<nn::spatial_dropout1d>},
      {"spatial_dropout2d", by_rate<nn::spatial_dropout2d>},
      {"spatial_dropout3d", by_rate<nn::spatial_dropout3d>},
      {"alpha_dropout", by_rate<nn::alpha_dropout>},
      {"gaussian_dropout", by_rate<nn::gaussian_dropout>},
      {"gaussian_noise", gaussian_noise},
  };
}

}  // namespace glia::experiment
