// The optimizers' steps over all parameters: one pass over memory, in place.
#include <algorithm>
#include <cmath>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd_targets.h"
#include "glia/backends/cpu/updates.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/updates.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

// PyTorch's order: m moves towards the gradient, v is weighted, the denominator is
// sqrt(v) / correction + epsilon, here with both sides multiplied by the correction.
HWY_INLINE void adam(const AdamNumbers& s, V& p, V g, V& m, V& v) {
  g = hn::MulAdd(set(s.weight_decay), p, g);
  m = hn::MulAdd(hn::Sub(g, m), set(s.one_less_beta1), m);
  v = hn::MulAdd(set(s.beta2), v, hn::Mul(hn::Mul(set(s.one_less_beta2), g), g));
  const V denominator = hn::Add(hn::Sqrt(v), set(s.epsilon_corrected));
  p = hn::Sub(hn::Mul(p, set(s.kept)), hn::Div(hn::Mul(set(s.rate_corrected), m), denominator));
}

// The numbers come by value, here and below: behind a reference the compiler must take each store
// to a parameter for a change of them, and would load them anew for every vector.
void adam_range(const AdamNumbers s, const AdamRange r) {
  std::int64_t i = 0;
  for (; i + kLanes <= r.n; i += kLanes) {
    V p = load(r.p + i), m = load(r.m + i), v = load(r.v + i);
    adam(s, p, load(r.g + i), m, v);
    store(p, r.p_out + i);
    store(m, r.m_out + i);
    store(v, r.v_out + i);
  }
  if (i == r.n) return;
  const std::int64_t left = r.n - i;
  V p = load_part(r.p + i, left), m = load_part(r.m + i, left), v = load_part(r.v + i, left);
  adam(s, p, load_part(r.g + i, left), m, v);
  store_part(p, r.p_out + i, left);
  store_part(m, r.m_out + i, left);
  store_part(v, r.v_out + i, left);
}

template <bool kMomentum, bool kNesterov>
HWY_INLINE void sgd(const SgdNumbers& s, V& p, V g, V& velocity) {
  g = hn::MulAdd(set(s.weight_decay), p, g);
  if constexpr (kMomentum) {
    velocity = hn::MulAdd(set(s.momentum), velocity, g);
    g = kNesterov ? hn::MulAdd(set(s.momentum), velocity, g) : velocity;
  }
  p = hn::NegMulAdd(set(s.rate), g, p);
}

template <bool kMomentum, bool kNesterov>
void sgd_of(const SgdNumbers s, const SgdRange r) {
  std::int64_t i = 0;
  V velocity = hn::Zero(D());
  for (; i + kLanes <= r.n; i += kLanes) {
    V p = load(r.p + i);
    if constexpr (kMomentum) velocity = load(r.v + i);
    sgd<kMomentum, kNesterov>(s, p, load(r.g + i), velocity);
    store(p, r.p_out + i);
    if constexpr (kMomentum) store(velocity, r.v_out + i);
  }
  if (i == r.n) return;
  const std::int64_t left = r.n - i;
  V p = load_part(r.p + i, left);
  if constexpr (kMomentum) velocity = load_part(r.v + i, left);
  sgd<kMomentum, kNesterov>(s, p, load_part(r.g + i, left), velocity);
  store_part(p, r.p_out + i, left);
  if constexpr (kMomentum) store_part(velocity, r.v_out + i, left);
}

void sgd_range(const SgdNumbers& s, const SgdRange& r) {
  if (s.momentum == 0.0f) return sgd_of<false, false>(s, r);
  s.nesterov ? sgd_of<true, true>(s, r) : sgd_of<true, false>(s, r);
}

// 0 * x is 0 for a finite x, NaN for any other; NaN stays in the sum.
bool finite_range(const float* x, std::int64_t n) {
  const V zero = hn::Zero(D());
  V sum[4] = {zero, zero, zero, zero};
  std::int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes)
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) sum[k] = hn::MulAdd(load(x + i + k * kLanes), zero, sum[k]);
  for (; i + kLanes <= n; i += kLanes) sum[0] = hn::MulAdd(load(x + i), zero, sum[0]);
  if (i < n) sum[1] = hn::MulAdd(load_part(x + i, n - i), zero, sum[1]);
  const V all = hn::Add(hn::Add(sum[0], sum[1]), hn::Add(sum[2], sum[3]));
  return hn::AllTrue(D(), hn::Eq(all, zero));
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {
namespace {

HWY_EXPORT(adam_range);
HWY_EXPORT(sgd_range);
HWY_EXPORT(finite_range);

// Where each tensor starts in the flat range of all of them.
struct Flat {
  std::vector<std::int64_t> starts{0};
  std::int64_t total() const { return starts.back(); }
  void add(const Value& v) { starts.push_back(total() + v.shape().elements()); }
  // Calls f(tensor, first element, count) for the parts of [first, last).
  template <class F>
  void each(std::int64_t first, std::int64_t last, const F& f) const {
    for (std::size_t t = 0; t + 1 < starts.size() && starts[t] < last; ++t) {
      const std::int64_t from = std::max(first, starts[t]), to = std::min(last, starts[t + 1]);
      if (from < to) f(static_cast<int>(t), from - starts[t], to - from);
    }
  }
};

bool all_f32(const Node& node, std::size_t first) {
  return std::all_of(node.inputs.begin() + static_cast<std::ptrdiff_t>(first), node.inputs.end(),
                     [](const Value& v) { return v.dtype() == DType::f32; });
}

}  // namespace

std::optional<Kernel> adam_update_kernel(const Node& node, int threads) {
  if (node.inputs[0].dtype() != DType::f32 || !all_f32(node, 2)) return std::nullopt;
  Flat flat;
  for (std::size_t i = 2; i < node.inputs.size(); i += 4) flat.add(node.inputs[i]);
  const double beta1 = node.attributes.real("beta1"), beta2 = node.attributes.real("beta2");
  const double epsilon = node.attributes.real("epsilon");
  AdamNumbers fixed;
  fixed.one_less_beta1 = static_cast<float>(1 - beta1);
  fixed.beta2 = static_cast<float>(beta2);
  fixed.one_less_beta2 = static_cast<float>(1 - beta2);
  const double decay = node.attributes.real("weight_decay");
  const bool decoupled = node.attributes.flag("decoupled");
  if (!decoupled) fixed.weight_decay = static_cast<float>(decay);
  Kernel kernel{.name = "simd"};
  kernel.in_place = node.op->updates(node.call());
  const int team = worth_threads(threads, 1.0 * static_cast<double>(flat.total()));
  const auto range = HWY_DYNAMIC_DISPATCH(adam_range);
  kernel.run = [=](const Args& args) {
    const double step = static_cast<double>(*args.input<std::int64_t>(1)) + 1;
    const double correction = std::sqrt(1 - std::pow(beta2, step));
    AdamNumbers s = fixed;
    s.rate_corrected =
        static_cast<float>(*args.input<float>(0) / (1 - std::pow(beta1, step)) * correction);
    s.epsilon_corrected = static_cast<float>(epsilon * correction);
    if (decoupled) s.kept = static_cast<float>(1 - *args.input<float>(0) * decay);
    split(team, flat.total(), [&](std::int64_t first, std::int64_t last) {
      flat.each(first, last, [&](int t, std::int64_t at, std::int64_t n) {
        const int i = 2 + 4 * t, o = 3 * t;
        range(s, {args.input<float>(i) + at, args.input<float>(i + 1) + at,
                  args.input<float>(i + 2) + at, args.input<float>(i + 3) + at,
                  args.output<float>(o) + at, args.output<float>(o + 1) + at,
                  args.output<float>(o + 2) + at, n});
      });
    });
  };
  return kernel;
}

std::optional<Kernel> sgd_update_kernel(const Node& node, int threads) {
  if (!all_f32(node, 0)) return std::nullopt;
  const double momentum = node.attributes.real("momentum");
  const int stride = momentum != 0 ? 3 : 2;
  Flat flat;
  for (std::size_t i = 1; i < node.inputs.size(); i += static_cast<std::size_t>(stride))
    flat.add(node.inputs[i]);
  SgdNumbers fixed;
  fixed.momentum = static_cast<float>(momentum);
  fixed.nesterov = node.attributes.flag("nesterov");
  fixed.weight_decay = static_cast<float>(node.attributes.real("weight_decay"));
  Kernel kernel{.name = "simd"};
  kernel.in_place = node.op->updates(node.call());
  const int team = worth_threads(threads, 0.4 * static_cast<double>(flat.total()));
  const auto range = HWY_DYNAMIC_DISPATCH(sgd_range);
  kernel.run = [=](const Args& args) {
    SgdNumbers s = fixed;
    s.rate = *args.input<float>(0);
    split(team, flat.total(), [&](std::int64_t first, std::int64_t last) {
      flat.each(first, last, [&](int t, std::int64_t at, std::int64_t n) {
        const int i = 1 + stride * t, o = (stride - 1) * t;
        SgdRange r{args.input<float>(i) + at,
                   args.input<float>(i + 1) + at,
                   nullptr,
                   args.output<float>(o) + at,
                   nullptr,
                   n};
        if (stride == 3) {
          r.v = args.input<float>(i + 2) + at;
          r.v_out = args.output<float>(o + 1) + at;
        }
        range(s, r);
      });
    });
  };
  return kernel;
}

std::optional<Kernel> all_finite_kernel(const Node& node, int threads) {
  if (!all_f32(node, 0)) return std::nullopt;
  Flat flat;
  for (const Value& v : node.inputs) flat.add(v);
  Kernel kernel{.name = "simd"};
  const int team = worth_threads(threads, 0.1 * static_cast<double>(flat.total()));
  const auto range = HWY_DYNAMIC_DISPATCH(finite_range);
  kernel.run = [=](const Args& args) {
    int bad = 0;
    split(team, flat.total(), [&](std::int64_t first, std::int64_t last) {
      bool good = true;
      flat.each(first, last, [&](int t, std::int64_t at, std::int64_t n) {
        good = range(args.input<float>(t) + at, n) && good;
      });
      if (!good) {
#pragma omp atomic write
        bad = 1;
      }
    });
    *args.output<bool>(0) = bad == 0;
  };
  return kernel;
}

}  // namespace glia::cpu
#endif
