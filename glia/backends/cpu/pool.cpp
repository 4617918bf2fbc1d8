// Max pooling and its gradient. An image has c channels side by side (channels_last; blocked8,
// where eight channels make an image), or one (plain): memory is [images, H, W, c] in each case.
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
HWY_INLINE void take_larger(V v, V position, V& most, V& best) {
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

// Windows of 2 by 2 side by side in one channel: neighbours are taken apart with a shuffle. Returns
// how many of the row's outputs were computed.
HWY_INLINE std::int64_t pool_halves(const PoolImages& p, const float* x, float* y,
                                    std::uint8_t* index, std::int64_t row) {
  const D d;
  const float* upper = x + 2 * row * p.w;
  std::int64_t i = 0;
  for (; i + kLanes <= p.out_w; i += kLanes) {
    V a, b, e, f, best = hn::Zero(d);
    hn::LoadInterleaved2(d, upper + 2 * i, a, b);
    hn::LoadInterleaved2(d, upper + p.w + 2 * i, e, f);
    take_larger(b, set(1.0f), a, best);
    take_larger(e, set(2.0f), a, best);
    take_larger(f, set(3.0f), a, best);
    store(a, y + row * p.out_w + i);
    store_positions(best, index + row * p.out_w + i, kLanes);
  }
  return i;
}

HWY_INLINE bool is_halves(const PoolImages& p) {
  return p.c == 1 && p.window_h == 2 && p.window_w == 2 && p.stride_h == 2 && p.stride_w == 2 &&
         p.top == 0 && p.left == 0 && 2 * p.out_h <= p.h && 2 * p.out_w <= p.w;
}

void pool_image(const PoolImages& p, const float* x, float* y, std::uint8_t* index) {
  const bool halves = is_halves(p);
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = halves ? pool_halves(p, x, y, index, row) : 0; column < p.out_w;
         ++column)
      pool_pixel(p, x, y, index, row, column);
}

HWY_INLINE std::int64_t unpool_halves(const PoolImages& p, const float* dy,
                                      const std::uint8_t* index, float* dx, std::int64_t row) {
  const D d;
  const V zero = hn::Zero(d);
  float* upper = dx + 2 * row * p.w;
  std::int64_t i = 0;
  for (; i + kLanes <= p.out_w; i += kLanes) {
    const V g = load(dy + row * p.out_w + i);
    const V best = load_positions(index + row * p.out_w + i, kLanes);
    const auto at = [&](float position)
                        HWY_ATTR { return hn::IfThenElseZero(hn::Eq(best, set(position)), g); };
    hn::StoreInterleaved2(hn::IfThenElseZero(hn::Eq(best, zero), g), at(1.0f), d, upper + 2 * i);
    hn::StoreInterleaved2(at(2.0f), at(3.0f), d, upper + p.w + 2 * i);
  }
  return i;
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
      const auto here = hn::Eq(best, set(static_cast<float>(position)));
      float* to = dx + at + j;
      store_some(hn::Add(load_some(to, some), hn::IfThenElseZero(here, g)), to, some);
    });
  }
}

// Zeros first, then sums: what no window reaches stays zero, and overlapping windows add up.
void unpool_image(const PoolImages& p, const float* dy, const std::uint8_t* index, float* dx) {
  const bool halves = is_halves(p);
  std::memset(dx, 0, static_cast<std::size_t>(p.h * p.w * p.c) * sizeof(float));
  for (std::int64_t row = 0; row < p.out_h; ++row)
    for (std::int64_t column = halves ? unpool_halves(p, dy, index, dx, row) : 0; column < p.out_w;
         ++column)
      unpool_pixel(p, dy, index, dx, row, column);
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(pool_image);
HWY_EXPORT(unpool_image);

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
