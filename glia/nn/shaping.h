// Layers that only arrange what they are given.
#pragma once

#include <array>

#include "glia/nn/module.h"

namespace glia::nn {

Module flatten();  // x: [N, ...] -> [N, product]

// x: [N, ...] -> [N, target...]; one of the sizes may be -1, for what is left. In the order in
// which elements lie.
struct ReshapeOptions {
  std::vector<std::int64_t> target_shape;
};
Module reshape(ReshapeOptions options);

// The axes after the batch in another order, counted from 1 as in Keras: {2, 1} is [N, a, b] -> [N,
// b, a].
struct PermuteOptions {
  std::vector<std::int64_t> dims;
};
Module permute(PermuteOptions options);

// x: [N, F] -> [N, n, F]
struct RepeatVectorOptions {
  std::int64_t n = 0;
};
Module repeat_vector(RepeatVectorOptions options);

// Without, or with, an axis of size 1. E-SHAPE-08 for the batch's axis or none; E-SHAPE-07 where
// the axis that is to go is not 1.
struct AxisOptions {
  int axis = -1;
};
Module squeeze(AxisOptions options = {});
Module expand_dims(AxisOptions options = {});

// Zeros around, or places taken off, {before, after} along each spatial axis: of sequences [N, T,
// F], images [N, C, H, W] and volumes [N, C, D, H, W]. A mask is refused.
template <std::size_t Rank>
struct SidesOptions {
  std::array<std::array<std::int64_t, 2>, Rank> sides = ones();
  static constexpr std::array<std::array<std::int64_t, 2>, Rank> ones() {
    std::array<std::array<std::int64_t, 2>, Rank> all{};
    for (auto& side : all) side = {1, 1};
    return all;
  }
};
Module zero_padding1d(SidesOptions<1> options = {});
Module zero_padding2d(SidesOptions<2> options = {});
Module zero_padding3d(SidesOptions<3> options = {});
Module cropping1d(SidesOptions<1> options = {});
Module cropping2d(SidesOptions<2> options = {});
Module cropping3d(SidesOptions<3> options = {});

}  // namespace glia::nn
