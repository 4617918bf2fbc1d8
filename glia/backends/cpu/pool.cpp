// Max and average pooling, and their gradients. An image has c channels side by side
// (channels_last; blocked8, where eight channels make an image), or one (plain): memory is [images,
// H, W, c] in each case.
#include <algorithm>
#include <cmath>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/pool_images.h"
#include "glia/backends/cpu/simd_targets.h"
#include "glia/ops/pool.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/pool.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

using Bytes = hn::Rebind<std::uint8_t, D>;

HWY_INLINE V load_some(const float* p, std::int64_t n) {
  return n == kLanes ? load(p) : load_part(p, n);
}
HWY_INLINE void store_some(V v, float* p, std::int64_t n) {
  n == kLanes ? store(v, p) : store_part(v, p, n);
}
HWY_INLINE V load_positions(const std::uint8_t* p, std::int64_t n) {
  HWY_ALIGN std::uint8_t bytes[kLanes] = {};
  if (n < kLanes) {
    std::memcpy(bytes, p, static_cast<std::size_t>(n));
    p = bytes;
  }
  return hn::ConvertTo(D(), hn::PromoteTo(DI(), hn::LoadU(Bytes(), p)));
}
HWY_INLINE void store_positions(V v, std::uint8_t* p, std::int64_t n) {
  const auto bytes = hn::DemoteTo(Bytes(), hn::ConvertTo(DI(), v));
  if (n == kLanes) return hn::StoreU(bytes, Bytes(), p);
  HWY_ALIGN std::uint8_t lanes[kLanes];
  hn::StoreU(bytes, Bytes(), lanes);
  std::memcpy(p, lanes, static_cast<std::size_t>(n));
}

// The first of the largest; NaN counts as the largest, so that it is not lost.
template <class VN>
HWY_INLINE void take_larger(VN v, VN position, VN& most, VN& best) {
  const auto stays = hn::Or(hn::Le(v, most), hn::IsNaN(most));
  most = hn::IfThenElse(stays, most, v);
  best = hn::IfThenElse(stays, best, position);
}

// Calls f(position, element of the window's pixel) for what of the window lies in the image.
template <class F>
HWY_INLINE void each_pixel(const PoolImages& p, std::int64_t row, std::int64_t column, const F& f) {
  const std::int64_t top = row * p.stride_h - p.top, left = column * p.stride_w - p.left;
  const std::int64_t y1 = std::min(p.window_h, p.h - top), x1 = std::min(p.window_w, p.w - left);
  const std::int64_t x0 = std::max<std::int64_t>(0, -left);
  for (std::int64_t y = std::max<std::int64_t>(0, -top); y < y1; ++y)
    for (std::int64_t x = x0; x < x1; ++x)
      f(y * p.window_w + x, ((top + y) * p.w + left + x) * p.c);
}

void pool_pixel(const PoolImages& p, const float* x, float* y, std::uint8_t* index,
                std::int64_t row, std::int64_t column) {
  const std::int64_t to = (row * p.out_w + column) * p.c;
  for (std::int64_t j = 0; j < p.c; j += kLanes) {
    const std::int64_t some = std::min(kLanes, p.c - j);
    V most = set(-std::numeric_limits<float>::infinity()), best = hn::Zero(D());
    bool first = true;
    each_pixel(p, row, column, [&](std::int64_t position, std::int64_t at) HWY_ATTR {
      const V v = load_some(x + at + j, some), here = set(static_cast<float>(position));
      if (first) {
        most = v;
        best = here;
        first = false;
      } else {
        take_larger(v, here, most, best);
      }
    });
    store_some(most, y + to + j, some);
    store_positions(best, index + to + j, some);
  }
}

// The common case: windows of 2 by 2, side by side, without padding.
HWY_INLINE bool is_halves(const PoolImages& p) {
  return p.window_h == 2 && p.window_w == 2 && p.stride_h == 2 && p.stride_w == 2 && p.top == 0 &&
         p.left == 0 && 2 * p.out_h <= p.h && 2 * p.out_w <= p.w;
}

template <class DN, class VN>
HWY_INLINE VN largest_of_four(DN d, VN v0, VN v1, VN v2, VN v3, VN& best) {
  best = hn::Zero(d);
  take_larger(v1, hn::Set(d, 1.0f), v0, best);
  take_larger(v2, hn::Set(d, 2.0f), v0, best);
  take_larger(v3, hn::Set(d, 3.0f), v0, best);
  return v0;
}

// Channels side by side, at least a vector of them; the last vector may overlap the one before.
void halve_channels(const PoolImages& p, const float* x, float* y, std::uint8_t* index) {
  const std::int64_t below = p.w * p.c;
  for (std::int64_t row = 0; row < p.out_h; ++row) {
    const float* from = x + 2 * row * below;
    for (std::int64_t column = 0; column < p.out_w; ++column, from += 2 * p.c) {
      for (std::int64_t next = 0; next < p.c; next += kLanes) {
        const std::int64_t j = std::min(next, p.c - kLanes);
        V best;
        store(largest_of_four(D(), load(from + j), load(from + p.c + j), load(from + below + j),
                              load(from + below + p.c + j), best),
              y + j);
        store_positions(best, index + j, kLanes);
      }
      y += p.c;
      index += p.c;
    }
  }
}

// One channel, rows of at least a vector of DN: neighbours are taken apart with a shuffle; the last
// vector of a row may overlap the one before.
template <class DN>
void halve_rows(DN d, const PoolImages& p, const float* x, float* y, std::uint8_t* index) {
  const hn::Rebind<std::uint8_t, DN> bytes;
  const hn::RebindToSigned<DN> whole;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < p.out_h; ++row, y += p.out_w, index += p.out_w) {
    const float* from = x + 2 * row * p.w;
    for (std::int64_t next = 0; next < p.out_w; next += lanes) {
      const std::int64_t i = std::min(next, p.out_w - lanes);
      hn::Vec<DN> v0, v1, v2, v3, best;
      hn::LoadInterleaved2(d, from + 2 * i, v0, v1);
      hn::LoadInterleaved2(d, from + p.w + 2 * i, v2, v3);
      hn::StoreU(largest_of_four(d, v0, v1, v2, v3, best), d, y + i);
      hn::StoreU(hn::DemoteTo(bytes, hn::ConvertTo(whole, best)), bytes, index + i);
    }
  }
}

// One channel, any window.
void pool_plain(const PoolImages& p, const float* x, float* y, std::uint8_t* index) {
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = 0; column < p.out_w; ++column, ++y, ++index) {
      float most = -std::numeric_limits<float>::infinity();
      std::int64_t best = -1;
      each_pixel(p, row, column, [&](std::int64_t position, std::int64_t at) {
        const float v = x[at];
        if (best >= 0 && (v <= most || std::isnan(most))) return;
        most = v;
        best = position;
      });
      *y = most;
      *index = static_cast<std::uint8_t>(best);
    }
}

void pool_image(const PoolImages& p, const float* x, float* y, std::uint8_t* index) {
  if (is_halves(p) && p.c >= kLanes) return halve_channels(p, x, y, index);
  if (is_halves(p) && p.c == 1) {
    if (p.out_w >= kLanes) return halve_rows(D(), p, x, y, index);
    if (p.out_w >= 4) return halve_rows(hn::CappedTag<float, 4>(), p, x, y, index);
  }
  if (p.c == 1) return pool_plain(p, x, y, index);
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = 0; column < p.out_w; ++column)
      pool_pixel(p, x, y, index, row, column);
}

template <class VN>
HWY_INLINE VN where(VN best, float position, VN g) {
  const hn::DFromV<VN> d;
  return hn::IfThenElseZero(hn::Eq(best, hn::Set(d, position)), g);
}

void double_channels(const PoolImages& p, const float* dy, const std::uint8_t* index, float* dx) {
  const std::int64_t below = p.w * p.c;
  for (std::int64_t row = 0; row < p.out_h; ++row) {
    float* to = dx + 2 * row * below;
    for (std::int64_t column = 0; column < p.out_w; ++column, to += 2 * p.c) {
      for (std::int64_t next = 0; next < p.c; next += kLanes) {
        const std::int64_t j = std::min(next, p.c - kLanes);
        const V g = load(dy + j), best = load_positions(index + j, kLanes);
        store(where(best, 0.0f, g), to + j);
        store(where(best, 1.0f, g), to + p.c + j);
        store(where(best, 2.0f, g), to + below + j);
        store(where(best, 3.0f, g), to + below + p.c + j);
      }
      dy += p.c;
      index += p.c;
    }
  }
}

template <class DN>
void double_rows(DN d, const PoolImages& p, const float* dy, const std::uint8_t* index, float* dx) {
  const hn::Rebind<std::uint8_t, DN> bytes;
  const hn::RebindToSigned<DN> whole;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t row = 0; row < p.out_h; ++row, dy += p.out_w, index += p.out_w) {
    float* to = dx + 2 * row * p.w;
    for (std::int64_t next = 0; next < p.out_w; next += lanes) {
      const std::int64_t i = std::min(next, p.out_w - lanes);
      const auto g = hn::LoadU(d, dy + i);
      const auto best = hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(bytes, index + i)));
      hn::StoreInterleaved2(where(best, 0.0f, g), where(best, 1.0f, g), d, to + 2 * i);
      hn::StoreInterleaved2(where(best, 2.0f, g), where(best, 3.0f, g), d, to + p.w + 2 * i);
    }
  }
}

void unpool_pixel(const PoolImages& p, const float* dy, const std::uint8_t* index, float* dx,
                  std::int64_t row, std::int64_t column) {
  const std::int64_t from = (row * p.out_w + column) * p.c;
  if (p.c == 1) {
    const std::int64_t y = row * p.stride_h - p.top + index[from] / p.window_w;
    const std::int64_t x = column * p.stride_w - p.left + index[from] % p.window_w;
    if (y >= 0 && y < p.h && x >= 0 && x < p.w) dx[y * p.w + x] += dy[from];
    return;
  }
  for (std::int64_t j = 0; j < p.c; j += kLanes) {
    const std::int64_t some = std::min(kLanes, p.c - j);
    const V g = load_some(dy + from + j, some), best = load_positions(index + from + j, some);
    each_pixel(p, row, column, [&](std::int64_t position, std::int64_t at) HWY_ATTR {
      float* to = dx + at + j;
      const V more = where(best, static_cast<float>(position), g);
      store_some(hn::Add(load_some(to, some), more), to, some);
    });
  }
}

// Zeros first, then sums: what no window reaches stays zero, and overlapping windows add up.
void unpool_image(const PoolImages& p, const float* dy, const std::uint8_t* index, float* dx) {
  const bool channels = is_halves(p) && p.c >= kLanes;
  const bool rows = is_halves(p) && p.c == 1 && p.out_w >= std::min<std::int64_t>(4, kLanes);
  const bool all_written = (channels || rows) && 2 * p.out_h == p.h && 2 * p.out_w == p.w;
  if (!all_written) std::memset(dx, 0, static_cast<std::size_t>(p.h * p.w * p.c) * sizeof(float));
  if (channels) return double_channels(p, dy, index, dx);
  if (rows && p.out_w >= kLanes) return double_rows(D(), p, dy, index, dx);
  if (rows) return double_rows(hn::CappedTag<float, 4>(), p, dy, index, dx);
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = 0; column < p.out_w; ++column)
      unpool_pixel(p, dy, index, dx, row, column);
}

// One over the number of pixels that a mean is taken of.
HWY_INLINE float share_of(const PoolImages& p, bool count_padding, std::int64_t row,
                          std::int64_t column) {
  std::int64_t pixels = p.window_h * p.window_w;
  if (!count_padding) {
    const std::int64_t top = row * p.stride_h - p.top, left = column * p.stride_w - p.left;
    pixels = (std::min(top + p.window_h, p.h) - std::max<std::int64_t>(top, 0)) *
             (std::min(left + p.window_w, p.w) - std::max<std::int64_t>(left, 0));
  }
  return 1.0f / static_cast<float>(pixels);
}

void average_image(const PoolImages& p, bool count_padding, const float* x, float* y) {
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = 0; column < p.out_w; ++column, y += p.c) {
      const float share = share_of(p, count_padding, row, column);
      if (p.c == 1) {
        float sum = 0;
        each_pixel(p, row, column, [&](std::int64_t, std::int64_t at) { sum += x[at]; });
        *y = sum * share;
        continue;
      }
      for (std::int64_t j = 0; j < p.c; j += kLanes) {
        const std::int64_t some = std::min(kLanes, p.c - j);
        V sum = hn::Zero(D());
        each_pixel(p, row, column, [&](std::int64_t, std::int64_t at) HWY_ATTR {
          sum = hn::Add(sum, load_some(x + at + j, some));
        });
        store_some(hn::Mul(sum, set(share)), y + j, some);
      }
    }
}

void average_image_gradient(const PoolImages& p, bool count_padding, const float* dy, float* dx) {
  std::memset(dx, 0, static_cast<std::size_t>(p.in_elements()) * sizeof(float));
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = 0; column < p.out_w; ++column, dy += p.c) {
      const float share = share_of(p, count_padding, row, column);
      if (p.c == 1) {
        const float g = *dy * share;
        each_pixel(p, row, column, [&](std::int64_t, std::int64_t at) { dx[at] += g; });
        continue;
      }
      for (std::int64_t j = 0; j < p.c; j += kLanes) {
        const std::int64_t some = std::min(kLanes, p.c - j);
        const V g = hn::Mul(load_some(dy + j, some), set(share));
        each_pixel(p, row, column, [&](std::int64_t, std::int64_t at) HWY_ATTR {
          float* to = dx + at + j;
          store_some(hn::Add(load_some(to, some), g), to, some);
        });
      }
    }
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(pool_image);
HWY_EXPORT(unpool_image);
HWY_EXPORT(average_image);
HWY_EXPORT(average_image_gradient);

PoolImages images_of(const Node& node, const Type& x, const Type& y) {
  const PoolGeometry g(node.call());
  PoolImages p(x);
  const auto out = y.shape.sizes();
  p.out_h = out[2], p.out_w = out[3];
  p.window_h = g.window[0], p.window_w = g.window[1];
  p.stride_h = g.stride[0], p.stride_w = g.stride[1];
  p.top = g.padding[0], p.left = g.padding[2];
  return p;
}

int team_for(const PoolImages& p, int threads) {
  const double elements = static_cast<double>(p.images * p.h * p.w * p.c);
  return worth_threads(threads, (p.c == 1 ? 1.0 : 0.4) * elements);
}

}  // namespace

std::optional<Kernel> max_pool2d_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const PoolImages p = images_of(node, node.inputs[0].type(), node.outputs[0]);
  const int team = team_for(p, threads);
  const auto function = HWY_DYNAMIC_DISPATCH(pool_image);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        function(p, args.input<float>(0) + i * p.in_elements(),
                 args.output<float>(0) + i * p.out_elements(),
                 args.output<std::uint8_t>(1) + i * p.out_elements());
    });
  };
  return kernel;
}

std::optional<Kernel> max_pool2d_gradient_kernel(const Node& node, int threads) {
  const Type &dy = node.inputs[0].type(), &index = node.inputs[1].type();
  if (dy.dtype != DType::f32 || dy.layout != index.layout) return std::nullopt;
  const PoolImages p = images_of(node, node.outputs[0], dy);
  const int team = team_for(p, threads);
  const auto function = HWY_DYNAMIC_DISPATCH(unpool_image);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        function(p, args.input<float>(0) + i * p.out_elements(),
                 args.input<std::uint8_t>(1) + i * p.out_elements(),
                 args.output<float>(0) + i * p.in_elements());
    });
  };
  return kernel;
}

std::optional<Kernel> average_pool2d_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const PoolImages p = images_of(node, node.inputs[0].type(), node.outputs[0]);
  const bool count_padding = node.attributes.flag("count_padding");
  const int team = team_for(p, threads);
  const auto function = HWY_DYNAMIC_DISPATCH(average_image);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        function(p, count_padding, args.input<float>(0) + i * p.in_elements(),
                 args.output<float>(0) + i * p.out_elements());
    });
  };
  return kernel;
}

std::optional<Kernel> average_pool2d_gradient_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const PoolImages p = images_of(node, node.outputs[0], node.inputs[0].type());
  const bool count_padding = node.attributes.flag("count_padding");
  const int team = team_for(p, threads);
  const auto function = HWY_DYNAMIC_DISPATCH(average_image_gradient);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, p.images, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i)
        function(p, count_padding, args.input<float>(0) + i * p.out_elements(),
                 args.output<float>(0) + i * p.in_elements());
    });
  };
  return kernel;
}

// Only second derivatives need it: plainly.
std::optional<Kernel> max_pool2d_gather_kernel(const Node& node, int) {
  const Type &x = node.inputs[0].type(), &index = node.inputs[1].type();
  if (x.dtype != DType::f32 || x.layout != index.layout) return std::nullopt;
  const PoolImages p = images_of(node, x, index);
  Kernel kernel{.name = "plain"};
  kernel.run = [p](const Args& args) {
    const auto* position = args.input<std::uint8_t>(1);
    auto* to = args.output<float>(0);
    for (std::int64_t i = 0; i < p.images * p.out_elements(); ++i, ++position, ++to) {
      const std::int64_t pixel = i / p.c, image = i / p.out_elements();
      const std::int64_t h =
          pixel / p.out_w % p.out_h * p.stride_h - p.top + *position / p.window_w;
      const std::int64_t w = pixel % p.out_w * p.stride_w - p.left + *position % p.window_w;
      const bool inside = h >= 0 && h < p.h && w >= 0 && w < p.w;
      *to = inside ? args.input<float>(0)[((image * p.h + h) * p.w + w) * p.c + i % p.c] : 0.0f;
    }
  };
  return kernel;
}

}  // namespace glia::cpu
#endif
