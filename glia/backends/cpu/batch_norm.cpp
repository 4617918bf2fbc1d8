// Batch normalisation and its gradient, in every layout. Channels lie side by side in rows (a
// table, channels_last, blocked8), or one channel's pixels do (plain images).
//
// Statistics take one pass over memory: each chunk of rows (batch_norm_channels.h) fits the
// first-level cache, where it is read twice, for its mean and then for the squared differences from
// it.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "glia/backends/cpu/batch_norm_channels.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/batch_norm.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

// Calls f(first lane, std::integral_constant of vectors, floats in the last vector) for strips of
// `lanes` channels.
template <int kMost, class F>
HWY_INLINE void strips(std::int64_t lanes, const F& f) {
  std::int64_t j = 0;
  for (; j + kMost * kLanes <= lanes; j += kMost * kLanes)
    f(j, std::integral_constant<int, kMost>(), kLanes);
  if (j + 2 * kLanes <= lanes) {
    f(j, std::integral_constant<int, 2>(), kLanes);
    j += 2 * kLanes;
  }
  for (; j < lanes; j += kLanes)
    f(j, std::integral_constant<int, 1>(), std::min(kLanes, lanes - j));
}

HWY_INLINE V load_some(const float* p, std::int64_t n) {
  return n == kLanes ? load(p) : load_part(p, n);
}
HWY_INLINE void store_some(V v, float* p, std::int64_t n) {
  n == kLanes ? store(v, p) : store_part(v, p, n);
}
HWY_INLINE float across(V v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }

// Mean and sum of squared differences from it, of `rows` rows. The second pass also sums the
// differences themselves: what is left of them corrects the mean and the squares.
void moments(const float* x, std::int64_t rows, std::int64_t lanes, float* mean, float* squares) {
  const V per_row = set(1.0f / static_cast<float>(rows));
  strips<4>(lanes, [&](std::int64_t j, auto vectors, std::int64_t last) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    V middle[kVectors], sum[kVectors], square[kVectors];
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) sum[k] = hn::Zero(D());
    const float* row = x + j;
    for (std::int64_t r = 0; r < rows; ++r, row += lanes) {
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k)
        sum[k] = hn::Add(sum[k], load_some(row + k * kLanes, last));
    }
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      middle[k] = hn::Mul(sum[k], per_row);
      sum[k] = square[k] = hn::Zero(D());
    }
    row = x + j;
    for (std::int64_t r = 0; r < rows; ++r, row += lanes) {
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k) {
        const V d = hn::Sub(load_some(row + k * kLanes, last), middle[k]);
        sum[k] = hn::Add(sum[k], d);
        square[k] = hn::MulAdd(d, d, square[k]);
      }
    }
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      const V rest = hn::Mul(sum[k], per_row);
      store_some(hn::Add(middle[k], rest), mean + j + k * kLanes, last);
      store_some(hn::NegMulAdd(sum[k], rest, square[k]), squares + j + k * kLanes, last);
    }
  });
}

// Calls f(which of four accumulators, vector) over n neighbours; `rest` is behind the end.
template <class F>
HWY_INLINE void each_of_run(const float* x, std::int64_t n, float rest, const F& f) {
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    f(0, load(x + i));
    f(1, load(x + i + kLanes));
    f(2, load(x + i + 2 * kLanes));
    f(3, load(x + i + 3 * kLanes));
  }
  for (; i + kLanes <= n; i += kLanes) f(0, load(x + i));
  if (i < n) f(1, load_part(x + i, n - i, rest));
}
HWY_INLINE float sum_of_four(const V (&v)[4]) {
  return across(hn::Add(hn::Add(v[0], v[1]), hn::Add(v[2], v[3])));
}

// The same for one channel's n neighbours.
void moments_of_run(const float* x, std::int64_t n, std::int64_t, float* mean, float* squares) {
  const V zero = hn::Zero(D());
  const float count = static_cast<float>(n);
  V sum[4] = {zero, zero, zero, zero}, square[4] = {zero, zero, zero, zero};
  each_of_run(x, n, 0.0f, [&](int k, V v) HWY_ATTR { sum[k] = hn::Add(sum[k], v); });
  const float middle = sum_of_four(sum) / count;
  const V m = set(middle);
  V rest[4] = {zero, zero, zero, zero};
  each_of_run(x, n, middle, [&](int k, V v) HWY_ATTR {
    const V d = hn::Sub(v, m);
    rest[k] = hn::Add(rest[k], d);
    square[k] = hn::MulAdd(d, d, square[k]);
  });
  const float left = sum_of_four(rest);
  *mean = middle + left / count;
  *squares = sum_of_four(square) - left * left / count;
}

// y = (x - mean) * scale + bias.
void normalise(const float* x, float* y, std::int64_t rows, std::int64_t lanes, const float* mean,
               const float* scale, const float* bias) {
  strips<4>(lanes, [&](std::int64_t j, auto vectors, std::int64_t last) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    V m[kVectors], s[kVectors], b[kVectors];
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      m[k] = load_some(mean + j + k * kLanes, last);
      s[k] = load_some(scale + j + k * kLanes, last);
      b[k] = load_some(bias + j + k * kLanes, last);
    }
    for (std::int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k) {
        const std::int64_t at = r * lanes + j + k * kLanes;
        store_some(hn::MulAdd(hn::Sub(load_some(x + at, last), m[k]), s[k], b[k]), y + at, last);
      }
    }
  });
}

void normalise_run(const float* x, float* y, std::int64_t n, std::int64_t, const float* mean,
                   const float* scale, const float* bias) {
  const V m = set(*mean), s = set(*scale), b = set(*bias);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const std::int64_t some = std::min(kLanes, n - i);
    store_some(hn::MulAdd(hn::Sub(load_some(x + i, some), m), s, b), y + i, some);
  }
}

// The sums of dy and of dy * (x - mean).
void products(const float* x, const float* dy, std::int64_t rows, std::int64_t lanes,
              const float* mean, float* sums, float* sums_of_products) {
  strips<4>(lanes, [&](std::int64_t j, auto vectors, std::int64_t last) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    V m[kVectors], sum[kVectors], product[kVectors];
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      m[k] = load_some(mean + j + k * kLanes, last);
      sum[k] = product[k] = hn::Zero(D());
    }
    for (std::int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 4
      for (int k = 0; k < kVectors; ++k) {
        const std::int64_t at = r * lanes + j + k * kLanes;
        const V g = load_some(dy + at, last);
        sum[k] = hn::Add(sum[k], g);
        product[k] = hn::MulAdd(g, hn::Sub(load_some(x + at, last), m[k]), product[k]);
      }
    }
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      store_some(sum[k], sums + j + k * kLanes, last);
      store_some(product[k], sums_of_products + j + k * kLanes, last);
    }
  });
}

void products_of_run(const float* x, const float* dy, std::int64_t n, std::int64_t,
                     const float* mean, float* sums, float* sums_of_products) {
  const V m = set(*mean), zero = hn::Zero(D());
  V sum[2] = {zero, zero}, product[2] = {zero, zero};
  const auto add = [&](V g, V v, int k) HWY_ATTR {
    sum[k] = hn::Add(sum[k], g);
    product[k] = hn::MulAdd(g, hn::Sub(v, m), product[k]);
  };
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
    add(load(dy + i), load(x + i), 0);
    add(load(dy + i + kLanes), load(x + i + kLanes), 1);
  }
  for (; i < n; i += kLanes) {
    const std::int64_t some = std::min(kLanes, n - i);
    // Behind the end dy is 0, and x finite, so that nothing is added.
    add(load_some(dy + i, some), load_some(x + i, some), 0);
  }
  *sums = across(hn::Add(sum[0], sum[1]));
  *sums_of_products = across(hn::Add(product[0], product[1]));
}

// dx = (dy - offset - (x - mean) * slope) * scale.
void gradient(const float* x, const float* dy, float* dx, std::int64_t rows, std::int64_t lanes,
              const float* mean, const float* scale, const float* offset, const float* slope) {
  strips<2>(lanes, [&](std::int64_t j, auto vectors, std::int64_t last) HWY_ATTR {
    constexpr int kVectors = decltype(vectors)::value;
    V m[kVectors], s[kVectors], o[kVectors], l[kVectors];
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      m[k] = load_some(mean + j + k * kLanes, last);
      s[k] = load_some(scale + j + k * kLanes, last);
      o[k] = load_some(offset + j + k * kLanes, last);
      l[k] = load_some(slope + j + k * kLanes, last);
    }
    for (std::int64_t r = 0; r < rows; ++r) {
#pragma GCC unroll 2
      for (int k = 0; k < kVectors; ++k) {
        const std::int64_t at = r * lanes + j + k * kLanes;
        const V h = hn::Sub(load_some(x + at, last), m[k]);
        const V g = hn::NegMulAdd(h, l[k], hn::Sub(load_some(dy + at, last), o[k]));
        store_some(hn::Mul(g, s[k]), dx + at, last);
      }
    }
  });
}

void gradient_of_run(const float* x, const float* dy, float* dx, std::int64_t n, std::int64_t,
                     const float* mean, const float* scale, const float* offset,
                     const float* slope) {
  const V m = set(*mean), s = set(*scale), o = set(*offset), l = set(*slope);
  for (std::int64_t i = 0; i < n; i += kLanes) {
    const std::int64_t some = std::min(kLanes, n - i);
    const V h = hn::Sub(load_some(x + i, some), m);
    const V g = hn::NegMulAdd(h, l, hn::Sub(load_some(dy + i, some), o));
    store_some(hn::Mul(g, s), dx + i, some);
  }
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(moments);
HWY_EXPORT(moments_of_run);
HWY_EXPORT(normalise);
HWY_EXPORT(normalise_run);
HWY_EXPORT(products);
HWY_EXPORT(products_of_run);
HWY_EXPORT(gradient);
HWY_EXPORT(gradient_of_run);

}  // namespace

std::optional<Kernel> batch_norm_kernel(const Node& node, int threads) {
  const Channels c(node.inputs[0].type());
  if (node.inputs[0].dtype() != DType::f32 || c.elements() == 0) return std::nullopt;
  const double epsilon = node.attributes.real("epsilon");
  const auto moments_of =
      c.runs() ? HWY_DYNAMIC_DISPATCH(moments_of_run) : HWY_DYNAMIC_DISPATCH(moments);
  const auto normalise_with =
      c.runs() ? HWY_DYNAMIC_DISPATCH(normalise_run) : HWY_DYNAMIC_DISPATCH(normalise);
  const int team = worth_threads(threads, 0.2 * static_cast<double>(c.elements()));
  Kernel kernel{.name = "simd"};
  kernel.scratch_bytes = c.scratch_bytes();
  kernel.in_place = {{0, 0}};
  kernel.run = [=](const Args& args) {
    const Scratch s(c, args.scratch);
    const auto *x = args.input<float>(0), *weight = args.input<float>(1);
    auto *mean = args.output<float>(1), *variance = args.output<float>(2);
    split(team, c.all_chunks(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto chunk = c.chunk(i);
        moments_of(x + chunk.element, chunk.rows, c.lanes, s.first + i * c.lanes,
                   s.second + i * c.lanes);
      }
    });
    join_moments(c, s);
    for (std::int64_t k = 0; k < c.channels(); ++k) {
      const double v = s.b[k] / static_cast<double>(c.samples());
      mean[k] = static_cast<float>(s.a[k]);
      variance[k] = static_cast<float>(v < 0 ? 0 : v);
      s.of_channels[0][k] =
          static_cast<float>(weight[k] / std::sqrt(double{variance[k]} + epsilon));
    }
    split(team, c.all_chunks(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto chunk = c.chunk(i);
        normalise_with(x + chunk.element, args.output<float>(0) + chunk.element, chunk.rows,
                       c.lanes, mean + chunk.channel, s.of_channels[0] + chunk.channel,
                       args.input<float>(2) + chunk.channel);
      }
    });
  };
  return kernel;
}

std::optional<Kernel> batch_norm_gradient_kernel(const Node& node, int threads) {
  const Type &x_type = node.inputs[0].type(), &dy_type = node.inputs[4].type();
  const Channels c(x_type);
  if (x_type.dtype != DType::f32 || x_type.layout != dy_type.layout || c.elements() == 0)
    return std::nullopt;
  const double epsilon = node.attributes.real("epsilon");
  const auto products_of =
      c.runs() ? HWY_DYNAMIC_DISPATCH(products_of_run) : HWY_DYNAMIC_DISPATCH(products);
  const auto gradient_with =
      c.runs() ? HWY_DYNAMIC_DISPATCH(gradient_of_run) : HWY_DYNAMIC_DISPATCH(gradient);
  const int team = worth_threads(threads, 0.3 * static_cast<double>(c.elements()));
  Kernel kernel{.name = "simd"};
  kernel.scratch_bytes = c.scratch_bytes();
  kernel.in_place = {{0, 0}, {0, 4}};
  kernel.run = [=](const Args& args) {
    const Scratch s(c, args.scratch);
    const auto *x = args.input<float>(0), *dy = args.input<float>(4);
    const auto *weight = args.input<float>(1), *mean = args.input<float>(2);
    split(team, c.all_chunks(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto chunk = c.chunk(i);
        products_of(x + chunk.element, dy + chunk.element, chunk.rows, c.lanes,
                    mean + chunk.channel, s.first + i * c.lanes, s.second + i * c.lanes);
      }
    });
    join_sums(c, s);
    const double n = static_cast<double>(c.samples());
    for (std::int64_t k = 0; k < c.channels(); ++k) {
      const double r = 1 / std::sqrt(double{args.input<float>(3)[k]} + epsilon);
      args.output<float>(1)[k] = static_cast<float>(s.b[k] * r);
      args.output<float>(2)[k] = static_cast<float>(s.a[k]);
      s.of_channels[0][k] = static_cast<float>(weight[k] * r);
      s.of_channels[1][k] = static_cast<float>(s.a[k] / n);
      s.of_channels[2][k] = static_cast<float>(s.b[k] * r * r / n);
    }
    split(team, c.all_chunks(), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto [element, rows, channel] = c.chunk(i);
        gradient_with(x + element, dy + element, args.output<float>(0) + element, rows, c.lanes,
                      mean + channel, s.of_channels[0] + channel, s.of_channels[1] + channel,
                      s.of_channels[2] + channel);
      }
    });
  };
  return kernel;
}

}  // namespace glia::cpu
#endif
