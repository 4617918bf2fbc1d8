// Pooling of sequences [N, T, F], images [N, C, H, W] and volumes [N, C, D, H, W].
#pragma once

#include "glia/nn/conv.h"

namespace glia::nn {

// The largest of each window; padding stands for minus infinity. A stride of 0 is the window's
// size. Padding as for convolutions, each smaller than the window.
template <std::size_t Rank>
struct MaxPoolOptions {
  Sizes<Rank> pool_size = 2;
  Sizes<Rank> stride = 0;
  Padding padding = {};
};
using MaxPool2dOptions = MaxPoolOptions<2>;
Module max_pool1d(MaxPoolOptions<1> options = {});
Module max_pool2d(MaxPoolOptions<2> options = {});
Module max_pool3d(MaxPoolOptions<3> options = {});

// The mean of each window; padding counts as zeros, or not at all.
template <std::size_t Rank>
struct AveragePoolOptions {
  Sizes<Rank> pool_size = 2;
  Sizes<Rank> stride = 0;
  Padding padding = {};
  bool count_include_pad = true;
};
Module average_pool1d(AveragePoolOptions<1> options = {});
Module average_pool2d(AveragePoolOptions<2> options = {});
Module average_pool3d(AveragePoolOptions<3> options = {});

// Over all places: [N, T, F] -> [N, F], [N, C, ...] -> [N, C]. Of a sequence with a mask, over the
// real places only; a row without any gives 0. A gradient is shared among equal largest ones.
Module global_max_pool1d();
Module global_max_pool2d();
Module global_max_pool3d();
Module global_average_pool1d();
Module global_average_pool2d();
Module global_average_pool3d();

// To a size that is given, whatever the input's (which is known when a program is made): windows
// from floor(i L / n) to ceil((i + 1) L / n).
template <std::size_t Rank>
struct AdaptivePoolOptions {
  Sizes<Rank> output_size = 1;
};
Module adaptive_max_pool1d(AdaptivePoolOptions<1> options);
Module adaptive_max_pool2d(AdaptivePoolOptions<2> options);
Module adaptive_max_pool3d(AdaptivePoolOptions<3> options);
Module adaptive_average_pool1d(AdaptivePoolOptions<1> options);
Module adaptive_average_pool2d(AdaptivePoolOptions<2> options);
Module adaptive_average_pool3d(AdaptivePoolOptions<3> options);

}  // namespace glia::nn
