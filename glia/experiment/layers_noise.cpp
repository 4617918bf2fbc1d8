#include "glia/experiment/layer_makers.h"

namespace glia::experiment {
namespace {

template <nn::Module (*make)(nn::DropoutOptions)>
nn::Module by_rate(Settings& s) {
  const nn::DropoutOptions usual;
  return make(
      {.rate = s.real("rate", usual.rate, "share of values that are dropped, 0 to below 1")});
}

nn::Module gaussian_noise(Settings& s) {
  const nn::GaussianNoiseOptions usual;
  return nn::gaussian_noise({.stddev = s.real("stddev", usual.stddev, "deviation of the noise")});
}

}  // namespace

LayerMakers noise_layers() {
  return {
      {"dropout", "in training some values become 0 and the others grow to keep the mean",
       by_rate<nn::dropout>},
      {"spatial_dropout1d", "dropout of whole features of a sequence [T, F]",
       by_rate<nn::spatial_dropout1d>},
      {"spatial_dropout2d", "dropout of whole channels of images", by_rate<nn::spatial_dropout2d>},
      {"spatial_dropout3d", "dropout of whole channels of volumes", by_rate<nn::spatial_dropout3d>},
      {"alpha_dropout", "dropout that keeps mean and variance, for selu",
       by_rate<nn::alpha_dropout>},
      {"gaussian_dropout", "in training values are multiplied by noise of mean 1",
       by_rate<nn::gaussian_dropout>},
      {"gaussian_noise", "in training noise of mean 0 is added", gaussian_noise},
  };
}

}  // namespace glia::experiment
