#include "glia/backends/cpu/micro_functions.h"

#include <cmath>

#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/micro_functions.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

template <class M>
HWY_INLINE V one_where(M mask) {
  return hn::IfThenElseZero(mask, set(1.0f));
}

template <Micro micro>
HWY_INLINE V compute(V a, V b, V c, V parameter) {
  const V zero = hn::Zero(D());
  if constexpr (micro == Micro::copy) return a;
  if constexpr (micro == Micro::neg) return hn::Neg(a);
  if constexpr (micro == Micro::exp) return exp(a);
  if constexpr (micro == Micro::expm1) return expm1(a);
  if constexpr (micro == Micro::log) return log(a);
  if constexpr (micro == Micro::log1p) return log1p(a);
  if constexpr (micro == Micro::erf) return erf(a);
  if constexpr (micro == Micro::sin) return sin(a);
  if constexpr (micro == Micro::cos) return cos(a);
  if constexpr (micro == Micro::sqrt) return hn::Sqrt(a);
  if constexpr (micro == Micro::abs) return hn::Abs(a);
  if constexpr (micro == Micro::square) return hn::Mul(a, a);
  if constexpr (micro == Micro::power) return power(a, parameter);
  if constexpr (micro == Micro::floor) return hn::Floor(a);
  if constexpr (micro == Micro::sign)
    return hn::IfThenElse(hn::Gt(a, zero), set(1.0f),
                          hn::IfThenElse(hn::Lt(a, zero), set(-1.0f), a));
  if constexpr (micro == Micro::tanh) return tanh(a);
  if constexpr (micro == Micro::sigmoid) return sigmoid(a);
  if constexpr (micro == Micro::relu) return hn::IfThenZeroElse(hn::Le(a, zero), a);
  if constexpr (micro == Micro::leaky_relu)
    return hn::IfThenElse(hn::Le(a, zero), hn::Mul(a, parameter), a);
  if constexpr (micro == Micro::softplus) return softplus(a);
  if constexpr (micro == Micro::add) return hn::Add(a, b);
  if constexpr (micro == Micro::sub) return hn::Sub(a, b);
  if constexpr (micro == Micro::mul) return hn::Mul(a, b);
  if constexpr (micro == Micro::div) return hn::Div(a, b);
  if constexpr (micro == Micro::maximum) return max_or_nan(a, b);
  if constexpr (micro == Micro::minimum) return min_or_nan(a, b);
  if constexpr (micro == Micro::greater) return one_where(hn::Gt(a, b));
  if constexpr (micro == Micro::greater_equal) return one_where(hn::Ge(a, b));
  if constexpr (micro == Micro::equal) return one_where(hn::Eq(a, b));
  if constexpr (micro == Micro::select) return hn::IfThenElse(hn::Eq(a, zero), c, b);
}

template <Micro micro>
struct Single {
  static HWY_INLINE V of(V a, V b, V c, V parameter) { return compute<micro>(a, b, c, parameter); }
};
struct KeepGreater {
  static HWY_INLINE V of(V a, V b, V c, V) { return hn::IfThenElseZero(hn::Gt(a, b), c); }
};

// kUsed: how many operands there are; kOne: which are one number.
// kUsed: how many operands there are; kOne: which of them are one number; kUnroll: vectors side by
// side, for what is little work.
template <class F, int kUsed, unsigned kOne, int kUnroll>
void apply_all(float* to, const float* a, const float* b, const float* c, float parameter,
               std::int64_t n) {
  const V p = set(parameter);
  const V zero = hn::Zero(D());
  const V one_a = kOne & 1 ? set(*a) : zero;
  const V one_b = kUsed > 1 && (kOne & 2) ? set(*b) : zero;
  const V one_c = kUsed > 2 && (kOne & 4) ? set(*c) : zero;
  std::int64_t i = 0;
  for (; i + kUnroll * kLanes <= n; i += kUnroll * kLanes) {
    V y[kUnroll];
#pragma GCC unroll 2
    for (int k = 0; k < kUnroll; ++k) {
      const std::int64_t at = i + k * kLanes;
      y[k] = F::of(kOne & 1 ? one_a : load(a + at), kUsed > 1 && !(kOne & 2) ? load(b + at) : one_b,
                   kUsed > 2 && !(kOne & 4) ? load(c + at) : one_c, p);
    }
#pragma GCC unroll 2
    for (int k = 0; k < kUnroll; ++k) store(y[k], to + i + k * kLanes);
  }
  while (i < n) {  // up to kUnroll times
    const std::int64_t left = n - i < kLanes ? n - i : kLanes;
    const V y = F::of(kOne & 1 ? one_a : load_part(a + i, left),
                      kUsed > 1 && !(kOne & 2) ? load_part(b + i, left) : one_b,
                      kUsed > 2 && !(kOne & 4) ? load_part(c + i, left) : one_c, p);
    left == kLanes ? store(y, to + i) : store_part(y, to + i, left);
    i += left;
  }
}

// Not all operands are one number: such a step would be computed once, elsewhere.
template <class F, int kUsed, int kUnroll>
void fill_row(MicroFunction (&row)[8]) {
  row[0] = apply_all<F, kUsed, 0, kUnroll>;
  if constexpr (kUsed > 1) {
    row[1] = apply_all<F, kUsed, 1, kUnroll>;
    row[2] = apply_all<F, kUsed, 2, kUnroll>;
  }
  if constexpr (kUsed > 2) {
    row[3] = apply_all<F, kUsed, 3, kUnroll>;
    row[4] = apply_all<F, kUsed, 4, kUnroll>;
    row[5] = apply_all<F, kUsed, 5, kUnroll>;
    row[6] = apply_all<F, kUsed, 6, kUnroll>;
  }
}

constexpr bool is_long(Micro micro) {
  return micro == Micro::exp || micro == Micro::expm1 || micro == Micro::log ||
         micro == Micro::log1p || micro == Micro::erf || micro == Micro::sin ||
         micro == Micro::cos || micro == Micro::power || micro == Micro::tanh ||
         micro == Micro::sigmoid || micro == Micro::softplus;
}

template <int kCode = 0>
void fill_table(MicroTable& table) {
  if constexpr (kCode < kMicros) {
    constexpr Micro micro = static_cast<Micro>(kCode);
    constexpr int used = micro == Micro::select ? 3 : micro >= Micro::add ? 2 : 1;
    fill_row<Single<micro>, used, is_long(micro) ? 1 : 2>(table.of[kCode]);
    fill_table<kCode + 1>(table);
  }
}

void from_booleans(float* to, const std::uint8_t* from, std::int64_t n) {
  const D d;
  const DI di;
  const hn::Rebind<std::uint8_t, D> bytes;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    store(hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(bytes, from + i))), to + i);
  for (; i < n; ++i) to[i] = from[i];
}

void to_booleans(std::uint8_t* to, const float* from, std::int64_t n) {
  const DI di;
  const hn::Rebind<std::uint8_t, D> bytes;
  const V zero = hn::Zero(D());
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const V ones = hn::IfThenZeroElse(hn::Eq(load(from + i), zero), set(1.0f));
    hn::StoreU(hn::DemoteTo(bytes, hn::ConvertTo(di, ones)), bytes, to + i);
  }
  for (; i < n; ++i) to[i] = from[i] != 0;
}

void repeat(float* to, const float* from, std::int64_t step, std::int64_t rows,
            std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r, to += columns) {
    const V v = set(from[r * step]);
    for (std::int64_t j = 0; j < columns; j += kLanes) store(v, to + j);
  }
}

MicroTable make_table() {
  MicroTable table{};
  fill_table(table);
  fill_row<KeepGreater, 3, 2>(table.keep_greater);
  table.from_booleans = from_booleans;
  table.to_booleans = to_booleans;
  table.repeat = repeat;
  return table;
}

const MicroTable* table_of_target() {
  static const MicroTable table = make_table();
  return &table;
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {

HWY_EXPORT(table_of_target);
const MicroTable& micro_table() { return *HWY_DYNAMIC_DISPATCH(table_of_target)(); }

}  // namespace glia::cpu
#endif
