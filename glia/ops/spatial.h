// Ops over one, two or three spatial axes, composed of those of images: x is [N, C, spatial...],
// and options have one entry for each spatial axis, paddings two (before, after). Sizes may be
// symbols where nothing else is said.
#pragma once

#include "glia/ops/ops.h"

namespace glia {

using PerAxis = std::vector<std::int64_t>;

struct ConvolutionOptions {
  PerAxis stride, padding, dilation;
  std::int64_t groups = 1;
};
// x: [N, C, spatial...], weight: [O, C / groups, window...] -> [N, O, spatial'...]. A volume's
// taps in depth lie side by side as channels of one conv2d: one large product, for a copy of the
// volume for each tap.
Value convolution(Value x, Value weight, const ConvolutionOptions& options);
// Its adjoint with respect to x. y: [N, O, spatial'...] -> [N, C, spatial...] with these sizes.
Value convolution_transpose(Value y, Value weight, const Shape& spatial,
                            const ConvolutionOptions& options);

struct PoolingOptions {
  PerAxis window, stride, padding;
};
Value max_pool(Value x, const PoolingOptions& options);
Value average_pool(Value x, const PoolingOptions& options, bool count_padding);
// Windows from floor(i L / n) to ceil((i + 1) L / n), for each axis of L places. Known sizes.
Value adaptive_max_pool(Value x, const PerAxis& sizes);
Value adaptive_average_pool(Value x, const PerAxis& sizes);

// y[..., j, ...] = sum over i of x[..., i, ...] * matrix[i, j]; matrix: [d, n].
Value map_axis(Value x, int axis, Value matrix);
// Each place of an axis `times` times, side by side.
Value repeat(Value x, int axis, std::int64_t times);
// Images to other sizes. `nearest` takes the place floor(i L / n); `linear` weighs the two places
// around (i + 1/2) L / n - 1/2, or, with the corners aligned, around i (L - 1) / (n - 1). One
// product with a matrix [L, n] for each axis. Known sizes.
enum class Interpolation : std::uint8_t { nearest, linear };
Value resize(Value x, const PerAxis& sizes, Interpolation interpolation,
             bool align_corners = false);

}  // namespace glia
