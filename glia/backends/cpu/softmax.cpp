// Softmax and what is made of it, along the last axis. Rows are independent: threads share rows.
#include <cmath>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/softmax.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

constexpr float kLeast = -std::numeric_limits<float>::infinity();

HWY_INLINE float sum_of(V v) { return hn::GetLane(hn::SumOfLanes(D(), v)); }
HWY_INLINE float max_of(V v) { return hn::GetLane(hn::MaxOfLanes(D(), v)); }
HWY_INLINE float log1p_of(float x) { return hn::GetLane(log1p(set(x))); }

// The largest element. A NaN may get lost here: exp(x - largest) brings it back.
HWY_INLINE float largest(const float* x, std::int64_t n) {
  V most = set(kLeast);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) most = hn::Max(most, load(x + i));
  if (i < n) most = hn::Max(most, load_part(x + i, n - i, kLeast));
  return max_of(most);
}

// The sum of exp(x - most); calls keep(i, count, vector of exp) on the way. Long rows are summed in
// blocks, so that errors do not grow with their length.
template <class F>
HWY_INLINE float exp_sum(const float* x, std::int64_t n, float most, const F& keep) {
  const V shift = set(most);
  const std::int64_t block = 64 * kLanes;
  V total = hn::Zero(D());
  std::int64_t i = 0;
  while (i + kLanes <= n) {
    V sum = hn::Zero(D());
    const std::int64_t end = n - i < block ? n : i + block;
    for (; i + kLanes <= end; i += kLanes) {
      const V e = exp_of_negative(hn::Sub(load(x + i), shift));
      keep(i, kLanes, e);
      sum = hn::Add(sum, e);
    }
    total = hn::Add(total, sum);
  }
  if (i < n) {
    const V e = exp_of_negative(hn::Sub(load_part(x + i, n - i, kLeast), shift));
    keep(i, n - i, e);
    // Where `most` is -infinity, what lies behind the row is NaN like the row itself.
    total = hn::Add(total, e);
  }
  return sum_of(total);
}

HWY_INLINE void store_some(V v, float* p, std::int64_t n) {
  n == kLanes ? store(v, p) : store_part(v, p, n);
}

// Long rows in blocks, so that errors do not grow with their length.
HWY_INLINE float sum_of_row(const float* x, std::int64_t n) {
  const std::int64_t block = 64 * kLanes;
  V total = hn::Zero(D());
  std::int64_t i = 0;
  while (i + kLanes <= n) {
    V sum = hn::Zero(D());
    const std::int64_t end = n - i < block ? n : i + block;
    for (; i + kLanes <= end; i += kLanes) sum = hn::Add(sum, load(x + i));
    total = hn::Add(total, sum);
  }
  if (i < n) total = hn::Add(total, load_part(x + i, n - i));
  return sum_of(total);
}

// Rows of at most kVectors vectors stay in registers.
template <int kVectors>
void short_rows(const float* x, float* y, std::int64_t rows, std::int64_t n) {
  const std::int64_t last = n - (kVectors - 1) * kLanes;
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    V v[kVectors];
    V most = set(kLeast), sum = hn::Zero(D());
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      const float* from = x + k * kLanes;
      v[k] = k + 1 < kVectors || last == kLanes ? load(from) : load_part(from, last, kLeast);
      most = hn::Max(most, v[k]);
    }
    const V shift = hn::MaxOfLanes(D(), most);
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k) {
      v[k] = exp_of_negative(hn::Sub(v[k], shift));
      sum = hn::Add(sum, v[k]);
    }
    const V scale = hn::Div(set(1.0f), hn::SumOfLanes(D(), sum));
#pragma GCC unroll 4
    for (int k = 0; k < kVectors; ++k)
      store_some(hn::Mul(v[k], scale), y + k * kLanes, k + 1 < kVectors ? kLanes : last);
  }
}

void softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t n) {
  if (n <= kLanes) return short_rows<1>(x, y, rows, n);
  if (n <= 2 * kLanes) return short_rows<2>(x, y, rows, n);
  if (n <= 4 * kLanes && n > 3 * kLanes) return short_rows<4>(x, y, rows, n);
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float sum = exp_sum(x, n, largest(x, n),
                              [&](std::int64_t i, std::int64_t count, V e)
                                  HWY_ATTR { store_some(e, y + i, count); });
    const V scale = set(1.0f / sum);
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(hn::Mul(load(y + i), scale), y + i);
    for (; i < n; ++i) y[i] *= 1.0f / sum;
  }
}

// The sum of exp(x - most) less the 1 of one element that is `most`: what log1p takes. A small sum
// beside that 1 would lose its digits.
struct Others {
  V sum, total;
  std::int64_t equals;

  HWY_INLINE void add(V shifted) {
    const auto equal = hn::Eq(shifted, hn::Zero(D()));
    equals += static_cast<std::int64_t>(hn::CountTrue(D(), equal));
    sum = hn::Add(sum, hn::IfThenZeroElse(equal, exp_of_negative(shifted)));
  }
  // Long rows are summed in blocks, so that errors do not grow with their length.
  HWY_INLINE void end_block() {
    total = hn::Add(total, sum);
    sum = hn::Zero(D());
  }
  HWY_INLINE float result() const {
    return sum_of(hn::Add(total, sum)) + static_cast<float>(equals - 1);
  }
};
HWY_INLINE Others no_others() { return {hn::Zero(D()), hn::Zero(D()), 0}; }

HWY_INLINE float sum_of_others(const float* x, std::int64_t n, float most) {
  const V shift = set(most);
  const std::int64_t block = 64 * kLanes;
  Others others = no_others();
  std::int64_t i = 0;
  while (i + kLanes <= n) {
    const std::int64_t end = n - i < block ? n : i + block;
    for (; i + kLanes <= end; i += kLanes) others.add(hn::Sub(load(x + i), shift));
    others.end_block();
  }
  // Where `most` is -infinity, what lies behind the row is NaN like the row itself.
  if (i < n) others.add(hn::Sub(load_part(x + i, n - i, kLeast), shift));
  return others.result();
}

// Maximum and sum of the others of a row that stays in registers.
template <int kVectors>
HWY_INLINE void short_row(const float* x, std::int64_t n, float& most, float& sum) {
  const std::int64_t last = n - (kVectors - 1) * kLanes;
  V v[kVectors];
  V largest = set(kLeast);
#pragma GCC unroll 2
  for (int k = 0; k < kVectors; ++k) {
    const float* from = x + k * kLanes;
    v[k] = k + 1 < kVectors || last == kLanes ? load(from) : load_part(from, last, kLeast);
    largest = hn::Max(largest, v[k]);
  }
  const V shift = hn::MaxOfLanes(D(), largest);
  Others others = no_others();
#pragma GCC unroll 2
  for (int k = 0; k < kVectors; ++k) others.add(hn::Sub(v[k], shift));
  most = hn::GetLane(shift);
  sum = others.result();
}

void log_softmax_rows(const float* x, float* y, std::int64_t rows, std::int64_t n) {
  for (std::int64_t r = 0; r < rows; ++r, x += n, y += n) {
    const float most = largest(x, n);
    const float log_sum = log1p_of(sum_of_others(x, n, most));
    const V shift = set(most), rest = set(log_sum);
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(hn::Sub(hn::Sub(load(x + i), shift), rest), y + i);
    for (; i < n; ++i) y[i] = (x[i] - most) - log_sum;
  }
}

// loss: ln(sum) + (most - x[label]), logarithm: ln(sum) + most, of each row; ln(sum) =
// log1p(others).
void crossentropy_rows(const float* x, const std::int64_t* labels, float* loss, float* logarithm,
                       std::int64_t rows, std::int64_t n) {
  constexpr std::int64_t kBlock = 64;
  HWY_ALIGN float others[kBlock], most[kBlock], picked[kBlock];
  for (std::int64_t first = 0; first < rows; first += kBlock) {
    const std::int64_t count = rows - first < kBlock ? rows - first : kBlock;
    for (std::int64_t r = 0; r < count; ++r, x += n) {
      const std::int64_t label = labels[first + r];
      if (n <= kLanes) {
        short_row<1>(x, n, most[r], others[r]);
      } else if (n <= 2 * kLanes) {
        short_row<2>(x, n, most[r], others[r]);
      } else {
        most[r] = largest(x, n);
        others[r] = sum_of_others(x, n, most[r]);
      }
      picked[r] = label >= 0 && label < n ? most[r] - x[label] : NAN;
    }
    for (std::int64_t r = 0; r < count; r += kLanes) {
      const std::int64_t part = count - r < kLanes ? count - r : kLanes;
      const V log_sum = log1p(load(others + r));
      store_some(hn::Add(log_sum, load(picked + r)), loss + first + r, part);
      store_some(hn::Add(log_sum, load(most + r)), logarithm + first + r, part);
    }
  }
}

// (exp(x - logarithm) - one_hot(label)) * dy, at the label minus the sum of the others, which keeps
// its relative accuracy; a label outside has no one.
void crossentropy_gradient_rows(const float* x, const std::int64_t* labels, const float* logarithm,
                                const float* dy, float* dx, std::int64_t rows, std::int64_t n) {
  for (std::int64_t r = 0; r < rows; ++r, x += n, dx += n) {
    const V shift = set(logarithm[r]), scale = set(dy[r]);
    std::int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes)
      store(hn::Mul(exp(hn::Sub(load(x + i), shift)), scale), dx + i);
    if (i < n)
      store_part(hn::Mul(exp(hn::Sub(load_part(x + i, n - i), shift)), scale), dx + i, n - i);
    if (labels[r] < 0 || labels[r] >= n) continue;
    dx[labels[r]] = 0;
    dx[labels[r]] = -sum_of_row(dx, n);
  }
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(softmax_rows);
HWY_EXPORT(log_softmax_rows);
HWY_EXPORT(crossentropy_rows);
HWY_EXPORT(crossentropy_gradient_rows);

using Rows = void (*)(const float*, float*, std::int64_t, std::int64_t);

int team_for(int threads, std::int64_t rows, std::int64_t n) {
  return worth_threads(threads, static_cast<double>(rows) * (15 + 0.8 * static_cast<double>(n)));
}

std::optional<Kernel> along_last(const Node& node, int threads, Rows function) {
  const Type& type = node.outputs[0];
  const int rank = type.shape.rank();
  if (type.dtype != DType::f32 || rank == 0 || type.layout != Layout::plain ||
      normal_axis(static_cast<int>(node.attributes.integer("axis")), rank) != rank - 1)
    return std::nullopt;
  const std::int64_t n = type.shape[rank - 1].value();
  const std::int64_t rows = n == 0 ? 0 : type.shape.elements() / n;
  const int team = team_for(threads, rows, n);
  Kernel kernel{.name = "simd"};
  kernel.in_place = {{0, 0}};
  kernel.run = [=](const Args& args) {
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      function(args.input<float>(0) + first * n, args.output<float>(0) + first * n, last - first,
               n);
    });
  };
  return kernel;
}

}  // namespace

std::optional<Kernel> softmax_kernel(const Node& node, int threads) {
  return along_last(node, threads, HWY_DYNAMIC_DISPATCH(softmax_rows));
}

std::optional<Kernel> log_softmax_kernel(const Node& node, int threads) {
  return along_last(node, threads, HWY_DYNAMIC_DISPATCH(log_softmax_rows));
}

std::optional<Kernel> softmax_crossentropy_kernel(const Node& node, int threads) {
  const Shape& shape = node.inputs[0].shape();
  if (node.inputs[0].dtype() != DType::f32 || shape[1] == Dim(0)) return std::nullopt;
  const std::int64_t rows = shape[0].value(), n = shape[1].value();
  const int team = team_for(threads, rows, n);
  const auto function = HWY_DYNAMIC_DISPATCH(crossentropy_rows);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      function(args.input<float>(0) + first * n, args.input<std::int64_t>(1) + first,
               args.output<float>(0) + first, args.output<float>(1) + first, last - first, n);
    });
  };
  return kernel;
}

std::optional<Kernel> softmax_crossentropy_gradient_kernel(const Node& node, int threads) {
  const Shape& shape = node.inputs[0].shape();
  if (node.inputs[0].dtype() != DType::f32) return std::nullopt;
  const std::int64_t rows = shape[0].value(), n = shape[1].value();
  const int team = team_for(threads, rows, n);
  const auto function = HWY_DYNAMIC_DISPATCH(crossentropy_gradient_rows);
  Kernel kernel{.name = "simd"};
  kernel.in_place = {{0, 0}};
  kernel.run = [=](const Args& args) {
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      function(args.input<float>(0) + first * n, args.input<std::int64_t>(1) + first,
               args.input<float>(2) + first, args.input<float>(3) + first,
               args.output<float>(0) + first * n, last - first, n);
    });
  };
  return kernel;
}

}  // namespace glia::cpu
#endif
