#include "glia/ops/conv.h"
#include "glia/ops/slice.h"
#include "glia/ops/spatial.h"

namespace glia {
namespace {

// Options of the last two axes; a sequence is an image of height 1.
Conv2dOptions of_images(const ConvolutionOptions& o) {
  if (o.stride.size() == 1)
    return {{1, o.stride[0]}, {0, 0, o.padding[0], o.padding[1]}, {1, o.dilation[0]}, o.groups};
  const auto last = [](const PerAxis& v, std::ptrdiff_t n) {
    return PerAxis(v.end() - n, v.end());
  };
  return {last(o.stride, 2), last(o.padding, 4), last(o.dilation, 2), o.groups};
}

Value conv2d_transpose(Value y, Value weight, const Shape& x, const Conv2dOptions& o) {
  return conv2d_input_gradient(weight, y, x,
                               {{"stride", o.stride},
                                {"padding", o.padding},
                                {"dilation", o.dilation},
                                {"groups", o.groups}});
}

// [N, C, L] -> [N, C, 1, L]
Value as_image(Value x) { return reshape(x, {x.dim(0), x.dim(1), 1, x.dim(2)}); }
Value as_sequence(Value x) { return reshape(x, {x.dim(0), x.dim(1), x.dim(3)}); }

Value swap_frames(Value x) { return transpose(x, {0, 2, 1, 3, 4}); }

// [N, D, C, H, W] <-> [N * D, C, H, W]
Value merge_frames(Value x) {
  return reshape(x, {x.dim(0) * x.dim(1), x.dim(2), x.dim(3), x.dim(4)});
}
Value split_frames(Value x, Dim n, Dim depth) {
  return reshape(x, {n, depth, x.dim(1), x.dim(2), x.dim(3)});
}

// A volume's convolution along its depth: D frames, padded, of which each window takes `taps`.
struct Depth {
  Depth(Dim frames, Value weight, const ConvolutionOptions& o)
      : d(frames),
        before(o.padding[0]),
        groups(o.groups),
        taps(weight.dim(2).value()),
        stride(o.stride[0]),
        dilation(o.dilation[0]) {
    padded = d + Dim(before + o.padding[1]);
    windows = (padded - Dim(dilation * (taps - 1) + 1)) / Dim(stride) + Dim(1);
  }
  // The first frame that tap t takes, and the step from window to window, of [N, D, C, H, W].
  Shape from(std::int64_t t) const { return {0, t * dilation, 0, 0, 0}; }
  PerAxis step() const { return {1, stride, 1, 1, 1}; }
  // [O, C / groups, d, h, w] -> [O, d * C / groups, h, w]
  Value flat(Value weight) const {
    const Value w = swap_frames(weight);
    return reshape(w, {w.dim(0), w.dim(1) * w.dim(2), w.dim(3), w.dim(4)});
  }

  Dim d, padded, windows;
  std::int64_t before, groups, taps, stride, dilation;
};

Value conv3d(Value x, Value weight, const ConvolutionOptions& o) {
  const Depth depth(x.dim(2), weight, o);
  const Value all =
      pad(swap_frames(x), {{0, 0}, {o.padding[0], o.padding[1]}, {0, 0}, {0, 0}, {0, 0}});
  Shape window = all.shape();
  window[1] = depth.windows;
  const Dim channels = x.dim(1), per_group = channels / Dim(o.groups);
  Values taps;
  for (std::int64_t t = 0; t < depth.taps; ++t)
    taps.push_back(reshape(slice(all, depth.from(t), window, depth.step()),
                           {x.dim(0), depth.windows, o.groups, per_group, x.dim(3), x.dim(4)}));
  const Value frames =
      reshape(taps.size() == 1 ? taps[0] : concatenate(taps, 3),
              {x.dim(0) * depth.windows, channels * Dim(depth.taps), x.dim(3), x.dim(4)});
  const Value y = conv2d(frames, depth.flat(weight), of_images(o));
  return swap_frames(split_frames(y, x.dim(0), depth.windows));
}

Value conv3d_transpose(Value y, Value weight, const Shape& spatial, const ConvolutionOptions& o) {
  const Depth depth(spatial[0], weight, o);
  const Dim n = y.dim(0), per_group = weight.dim(1), channels = per_group * Dim(o.groups);
  const Shape frames{n * depth.windows, channels * Dim(depth.taps), spatial[1], spatial[2]};
  const Value taps = reshape(
      conv2d_transpose(merge_frames(swap_frames(y)), depth.flat(weight), frames, of_images(o)),
      {n, depth.windows, o.groups, depth.taps, per_group, spatial[1] * spatial[2]});
  Value sum;
  for (std::int64_t t = 0; t < depth.taps; ++t) {
    const Value tap =
        reshape(slice(taps, 3, t, t + 1), {n, depth.windows, channels, spatial[1], spatial[2]});
    const Value there =
        pad(tap, depth.from(t), {n, depth.padded, channels, spatial[1], spatial[2]}, depth.step());
    sum = sum ? sum + there : there;
  }
  return swap_frames(
      slice(sum, {0, depth.before, 0, 0, 0}, {n, depth.d, channels, spatial[1], spatial[2]}));
}

}  // namespace

Value convolution(Value x, Value weight, const ConvolutionOptions& o) {
  if (weight.rank() == 5) return conv3d(x, weight, o);
  if (weight.rank() == 4) return conv2d(x, weight, of_images(o));
  return as_sequence(conv2d(as_image(x), as_image(weight), of_images(o)));
}

Value convolution_transpose(Value y, Value weight, const Shape& spatial,
                            const ConvolutionOptions& o) {
  if (weight.rank() == 5) return conv3d_transpose(y, weight, spatial, o);
  const Dim channels = weight.dim(1) * Dim(o.groups);
  if (weight.rank() == 4)
    return conv2d_transpose(y, weight, {y.dim(0), channels, spatial[0], spatial[1]}, of_images(o));
  return as_sequence(conv2d_transpose(as_image(y), as_image(weight),
                                      {y.dim(0), channels, 1, spatial[0]}, of_images(o)));
}

}  // namespace glia
