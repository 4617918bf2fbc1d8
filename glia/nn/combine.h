// Layers of several inputs.
#pragma once

#include <optional>

#include "glia/nn/module.h"

namespace glia::nn {

// Side by side along an axis; without one, along the features: the last axis of [N, F] and [N, T,
// F], axis 1 of images.
struct ConcatenateOptions {
  std::optional<int> axis = {};
};
Module concatenate(ConcatenateOptions options = {});

}  // namespace glia::nn
