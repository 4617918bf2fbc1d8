// Normalisation.
#pragma once

#include <optional>

#include "glia/nn/module.h"

namespace glia::nn {

// x: [N, C], [N, T, C], [N, C, H, W] or [N, C, D, H, W], or with the channels at `axis` ([N, C, L]:
// axis 1). weight, bias, running_mean, running_var: [C]. While training, by the batch's statistics;
// otherwise by running ones, running = (1 - momentum) * running + momentum * batch's, the variance
// unbiased there, as in PyTorch. Without track_statistics, by the batch's always. A mask is
// refused: padding would count in the statistics. arXiv 1502.03167.
struct BatchNormOptions {
  double momentum = 0.1;
  double epsilon = 1e-5;
  bool scale = true;   // a weight
  bool center = true;  // a bias
  bool track_statistics = true;
  std::optional<int> axis = {};
};
Module batch_norm(BatchNormOptions options = {});

// Over the last `axes` axes of each item, with a weight and a bias for each element: weight, bias:
// the shape of these axes. y = (x - mean) / sqrt(variance + epsilon) * weight + bias, the variance
// biased. Passes a mask where the places of a sequence stay apart. arXiv 1607.06450.
struct LayerNormOptions {
  int axes = 1;
  double epsilon = 1e-5;
  bool scale = true;
  bool center = true;
};
Module layer_norm(LayerNormOptions options = {});

// Over the places and a group of channels of each item; channels as for batch_norm. weight, bias:
// [C]. arXiv 1803.08494.
struct GroupNormOptions {
  std::int64_t groups = 32;
  double epsilon = 1e-5;
  bool scale = true;
  bool center = true;
  std::optional<int> axis = {};
};
Module group_norm(GroupNormOptions options = {});

// Over the places of each channel of each item. arXiv 1607.08022.
struct InstanceNormOptions {
  double epsilon = 1e-5;
  bool scale = false;
  bool center = false;
  std::optional<int> axis = {};
};
Module instance_norm(InstanceNormOptions options = {});

// x / sqrt(mean of x^2 over the last `axes` axes + epsilon) * weight. arXiv 1910.07467.
struct RmsNormOptions {
  int axes = 1;
  double epsilon = 0x1p-23;  // what 1 + epsilon still tells from 1 in f32
  bool scale = true;
};
Module rms_norm(RmsNormOptions options = {});

}  // namespace glia::nn
