// Layers that disturb training, so that a model does not lean on single values. Each draws from a
// stream of its own, by seed, name and step; none does anything at inference. Rates: E-OPTION-01
// unless 0 <= rate < 1.
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

// Zeroes each element with probability `rate` and divides the others by 1 - rate.
struct DropoutOptions {
  double rate = 0.5;
};
Module dropout(DropoutOptions options = {});
// Likewise whole features: of sequences [N, T, F], channels of images and volumes. arXiv 1411.4280.
Module spatial_dropout1d(DropoutOptions options = {});
Module spatial_dropout2d(DropoutOptions options = {});
Module spatial_dropout3d(DropoutOptions options = {});
// Puts the value that selu goes to in place of an element, and keeps mean 0 and variance 1 by a
// scale and a shift. arXiv 1706.02515.
Module alpha_dropout(DropoutOptions options = {});
// Times a normal of mean 1 and variance rate / (1 - rate).
Module gaussian_dropout(DropoutOptions options = {});

// Plus a normal of mean 0 and this standard deviation.
struct GaussianNoiseOptions {
  double stddev = 1;
};
Module gaussian_noise(GaussianNoiseOptions options);

}  // namespace glia::nn
