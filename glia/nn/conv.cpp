#include "glia/nn/conv.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/spatial.h"

namespace glia::nn {
namespace {

// What all convolutions here are made of; the makers below fill it from their options.
struct ConvSettings {
  std::string kind;
  std::int64_t filters = 0;           // 0: depth_multiplier for each channel
  std::int64_t depth_multiplier = 0;  // depthwise where it is not 0
  Window window;
  std::int64_t groups = 1;
  Activation activation = linear;
  bool bias = true;
  Initializer kernel_initializer, bias_initializer;
  double l2 = 0;
  std::vector<std::int64_t> output_padding = {};  // of transposed ones

  int axes() const { return static_cast<int>(window.size.size()); }

  void check() const {
    if (depth_multiplier == 0) expect_in_range({filters}, 1, kind, "filters");
    expect(groups > 0 && filters % groups == 0, kind,
           fmt::format("{} filters cannot be split into {} groups", filters, groups));
    expect_at_least_0(l2, kind, "l2");
    window.check(kind);
    expect(output_padding.empty() || window.padding.kind != Padding::Kind::causal, kind,
           "padding 'causal' has no meaning where places grow");
    for (std::size_t i = 0; i < output_padding.size(); ++i)
      expect(output_padding[i] >= 0 &&
                 output_padding[i] < std::max(window.stride[i], window.dilation[i]),
             kind,
             fmt::format("output_padding is {}, expected at least 0 and less than the stride, {}, "
                         "or the dilation, {}",
                         output_padding[i], window.stride[i], window.dilation[i]));
  }

  std::int64_t channels_of(Value x) const {
    expect_spatial(x, axes(), kind);
    expect_features(x, feature_axis(x.rank()), kind);
    const std::int64_t channels = x.dim(feature_axis(x.rank())).value();
    if (channels % groups != 0)
      fail("E-SHAPE-03", "[{}] layer '{}': {} channels of {} cannot be split into {} groups", kind,
           x.graph().scope(), channels, x.shape().text(), groups);
    return channels;
  }

  Shape weight_shape(std::int64_t out, std::int64_t in) const {
    Shape shape{out, in};
    for (const std::int64_t size : window.size) shape.push_back(size);
    return shape;
  }

  // y: [N, filters, spatial...] with its bias, in the order of the layer's input.
  Value finish(Value y, const Shape& weight) const {
    if (bias) {
      Shape along(std::vector<Dim>(static_cast<std::size_t>(y.rank()), Dim(1)));
      along[1] = y.dim(1);
      y = y + reshape(parameter(y, "bias", {y.dim(1)}, bias_initializer, {.fans = fans_of(weight)}),
                      along);
    }
    return activation.forward(features_last(y));
  }
};

struct Conv {
  ConvSettings o;
  static constexpr Masks masks = Masks::own;

  Value forward(Value x) const {
    const std::int64_t channels = o.channels_of(x);
    const std::int64_t groups = o.depth_multiplier > 0 ? channels : o.groups;
    const std::int64_t filters = o.depth_multiplier > 0 ? channels * o.depth_multiplier : o.filters;
    const Shape shape = o.weight_shape(filters, channels / groups);
    const Value weight = parameter(x, "weight", shape, o.kernel_initializer, {.l2 = o.l2});
    const Value mask = x.graph().mask(x);
    const Value first = features_first(mask ? without_padding(x, mask) : x);
    const auto padding = o.window.padding_of(first, o.kind);
    const Value y = o.finish(
        convolution(first, weight, {o.window.stride, padding, o.window.dilation, groups}), shape);
    if (mask) x.graph().set_mask(y, mask_of(y, mask));
    return y;
  }
  std::string kind() const { return o.kind; }

 private:
  // Masked places as zeros: what a shorter sequence would have there.
  Value without_padding(Value x, Value mask) const {
    const bool same = o.window.padding.kind == Padding::Kind::same && o.window.stride[0] == 1;
    if (o.axes() != 1 || !(same || o.window.padding.kind == Padding::Kind::causal ||
                           o.window.padding.kind == Padding::Kind::valid))
      refuse_mask(x, o.kind, "use padding 'causal' or 'valid', or 'same' with a stride of 1");
    return x * cast(reshape(mask, {mask.dim(0), mask.dim(1), 1}), x.dtype());
  }
  // Of `same` and `causal`, a result belongs to the place that its window begins from; of `valid`,
  // it is real where all of its window is.
  Value mask_of(Value y, Value mask) const {
    const std::int64_t stride = o.window.stride[0];
    if (o.window.padding.kind != Padding::Kind::valid) return slice(mask, 1, 0, kEnd, stride);
    Value real;
    const std::int64_t reach = o.window.reach(0);
    for (std::int64_t t = 0; t < reach; t += o.window.dilation[0]) {
      const Value tap = slice(mask, 1, t, t == reach - 1 ? kEnd : t - (reach - 1), stride);
      real = real ? logical_and(real, tap) : tap;
    }
    return reshape(real, {y.dim(0), y.dim(1)});
  }
};

struct ConvTranspose {
  ConvSettings o;
  Value forward(Value x) const {
    const std::int64_t channels = o.channels_of(x);
    const Shape shape = o.weight_shape(channels, o.filters / o.groups);
    const Value weight = parameter(x, "weight", shape, o.kernel_initializer, {.l2 = o.l2});
    const Value y = features_first(x);
    const Ends ends = ends_of();
    Shape sizes;
    std::vector<std::pair<std::int64_t, std::int64_t>> around{{0, 0}, {0, 0}};
    for (std::size_t i = 0; i < ends.zeros.size(); ++i) {
      const std::int64_t stride = o.window.stride[i];
      const std::int64_t fixed =
          o.window.reach(i) + ends.left_out[i] - ends.padding[2 * i] - ends.padding[2 * i + 1];
      const Dim places = y.dim(static_cast<int>(i) + 2);
      if (places.known() && (places.value() - 1) * stride + fixed < 1)
        fail("E-SHAPE-04",
             "[{}] layer '{}': nothing of {} is left within padding {}; take less padding or a "
             "larger window",
             o.kind, x.graph().scope(), x.shape().text(), o.window.given_padding());
      const Dim grown = (places - Dim(1)) * Dim(stride);
      sizes.push_back(fixed < 0 ? grown - Dim(-fixed) : grown + Dim(fixed));
      around.emplace_back(0, ends.zeros[i]);
    }
    Value grown = convolution_transpose(
        y, weight, sizes, {o.window.stride, ends.padding, o.window.dilation, o.groups});
    if (std::any_of(ends.zeros.begin(), ends.zeros.end(), [](auto n) { return n > 0; }))
      grown = pad(grown, around);
    return o.finish(grown, shape);
  }
  std::string kind() const { return o.kind; }

 private:
  // Of each axis: what the convolution whose adjoint this is pads (before and after), how many
  // places at its end no window of it reaches, and the zeros that follow.
  struct Ends {
    std::vector<std::int64_t> padding, left_out, zeros;
  };
  Ends ends_of() const {
    Ends ends{o.window.given_padding(), o.output_padding,
              std::vector<std::int64_t>(o.output_padding.size(), 0)};
    for (std::size_t i = 0; i < ends.zeros.size(); ++i) {
      std::int64_t &before = ends.padding[2 * i], &after = ends.padding[2 * i + 1];
      std::int64_t& more = ends.left_out[i];
      if (o.window.padding.kind == Padding::Kind::same) {
        // That of a result of size * stride, which a window smaller than the stride reaches only
        // with places added at the end.
        const std::int64_t total = o.window.reach(i) - o.window.stride[i];
        before = std::max<std::int64_t>(total, 0) / 2;
        after = std::max<std::int64_t>(total, 0) - before;
        more = std::max<std::int64_t>(-total, 0);
      }
      // Places that are added take the place of what the padding cuts off. A whole stride of them
      // would be room for one more window.
      const std::int64_t uncut = std::min(after, more);
      after -= uncut;
      more -= uncut;
      if (more >= o.window.stride[i]) std::swap(more, ends.zeros[i]);
    }
    return ends;
  }
};

struct SeparableConv {
  Module depthwise, pointwise;
  std::string name;
  static constexpr Masks masks = Masks::own;  // its parts see to them
  Value forward(Value x) const { return pointwise(depthwise(x)); }
  std::string kind() const { return name; }
};

// What all options have.
template <class Options>
ConvSettings settings(std::string kind, const Options& o) {
  ConvSettings s{.kind = std::move(kind),
                 .window = {o.kernel_size.list(), o.stride.list(), o.dilation.list(), o.padding},
                 .activation = o.activation,
                 .bias = o.bias,
                 .kernel_initializer = o.kernel_initializer,
                 .bias_initializer = o.bias_initializer,
                 .l2 = o.l2};
  if constexpr (requires { o.filters; }) s.filters = o.filters;
  if constexpr (requires { o.groups; }) s.groups = o.groups;
  if constexpr (requires { o.depth_multiplier; }) {
    expect_in_range({o.depth_multiplier}, 1, s.kind, "depth_multiplier");
    s.depth_multiplier = o.depth_multiplier;
  }
  if constexpr (requires { o.output_padding; }) s.output_padding = o.output_padding.list();
  return s;
}

template <class Layer, class Options>
Module made(const char* kind, const Options& o) {
  ConvSettings s = settings(kind, o);
  s.check();
  return Layer{std::move(s)};
}

template <class Options>
Module separable(const char* kind, const Options& o) {
  ConvSettings depthwise = settings(kind, o), pointwise = depthwise;
  pointwise.depth_multiplier = 0;
  const std::vector<std::int64_t> ones(pointwise.window.size.size(), 1);
  pointwise.window = {ones, ones, ones, {}};
  pointwise.check();
  depthwise.filters = 0;
  depthwise.bias = false;
  depthwise.activation = linear;
  depthwise.check();
  return SeparableConv{Module(Conv{std::move(depthwise)}).named("depthwise"),
                       Module(Conv{std::move(pointwise)}).named("pointwise"), kind};
}

}  // namespace

Module conv1d(Conv1dOptions o) { return made<Conv>("conv1d", o); }
Module conv2d(Conv2dOptions o) { return made<Conv>("conv2d", o); }
Module conv3d(Conv3dOptions o) { return made<Conv>("conv3d", o); }

Module conv1d_transpose(ConvTransposeOptions<1> o) {
  return made<ConvTranspose>("conv1d_transpose", o);
}
Module conv2d_transpose(ConvTransposeOptions<2> o) {
  return made<ConvTranspose>("conv2d_transpose", o);
}
Module conv3d_transpose(ConvTransposeOptions<3> o) {
  return made<ConvTranspose>("conv3d_transpose", o);
}

Module depthwise_conv1d(DepthwiseConvOptions<1> o) { return made<Conv>("depthwise_conv1d", o); }
Module depthwise_conv2d(DepthwiseConvOptions<2> o) { return made<Conv>("depthwise_conv2d", o); }

Module separable_conv1d(SeparableConvOptions<1> o) { return separable("separable_conv1d", o); }
Module separable_conv2d(SeparableConvOptions<2> o) { return separable("separable_conv2d", o); }

}  // namespace glia::nn
