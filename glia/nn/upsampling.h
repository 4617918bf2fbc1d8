// Larger (or smaller) sequences [N, T, F], images [N, C, H, W] and volumes [N, C, D, H, W].
#pragma once

#include <string_view>

#include "glia/nn/module.h"
#include "glia/nn/sizes.h"

namespace glia::nn {

// By a factor, or to a size. `interpolation`: "nearest", or along every axis "linear" (also called
// "bilinear" for images, "trilinear" for volumes): between the centres of the places, or with the
// corner places on each other (`align_corners`), as PyTorch's interpolate.
template <std::size_t Rank>
struct UpsamplingOptions {
  Sizes<Rank> size = 2;         // the factor
  Sizes<Rank> output_size = 0;  // where it is above 0: this size, whatever the factor
  std::string_view interpolation = "nearest";
  bool align_corners = false;
};
Module upsampling1d(UpsamplingOptions<1> options = {});
Module upsampling2d(UpsamplingOptions<2> options = {});
Module upsampling3d(UpsamplingOptions<3> options = {});

}  // namespace glia::nn
