// Internal: vectors of f32, parts of them, and functions of them. For the parts of a source that
// are compiled once for each instruction set: include it after foreach_target.h.
//
// The functions are right over the whole range: denormal results, overflow, infinities, NaN. Their
// errors, measured over all floats by tests/backends/simd_math_test.cpp, stand at each. The
// coefficients are near-minimax fits (Chebyshev interpolation in 40 digits) made for this file; the
// reductions are those of Cody and Waite, "Software Manual for the Elementary Functions", 1980.
#if defined(GLIA_BACKENDS_CPU_SIMD_MATH_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLIA_BACKENDS_CPU_SIMD_MATH_H
#undef GLIA_BACKENDS_CPU_SIMD_MATH_H
#else
#define GLIA_BACKENDS_CPU_SIMD_MATH_H
#endif

#include <hwy/highway.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
using DI = hn::RebindToSigned<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());

HWY_INLINE V set(float x) { return hn::Set(D(), x); }
HWY_INLINE V load(const float* p) { return hn::LoadU(D(), p); }
HWY_INLINE void store(V v, float* p) { hn::StoreU(v, D(), p); }

// The first n < kLanes floats, `rest` after them; nothing behind them is read.
HWY_INLINE V load_part(const float* p, std::int64_t n, float rest = 0.0f) {
  const D d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[kLanes];
  for (std::int64_t i = 0; i < kLanes; ++i) lanes[i] = i < n ? p[i] : rest;
  return hn::Load(d, lanes);
#else
  const auto first = hn::FirstN(d, static_cast<std::size_t>(n));
  return hn::IfThenElse(first, hn::MaskedLoad(first, d, p), hn::Set(d, rest));
#endif
}

// In pieces through memory: a masked store of AVX2 is slow on AMD, and others have none.
HWY_INLINE void store_part(V v, float* p, std::int64_t n) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, D(), lanes);
  const float* from = lanes;
  if constexpr (kLanes > 8)
    if (n & 8) std::memcpy(p, from, 32), p += 8, from += 8;
  if constexpr (kLanes > 4)
    if (n & 4) std::memcpy(p, from, 16), p += 4, from += 4;
  if constexpr (kLanes > 2)
    if (n & 2) std::memcpy(p, from, 8), p += 2, from += 2;
  if (n & 1) *p = *from;
}

HWY_INLINE V or_nan_of(V x, V y) { return hn::IfThenElse(hn::Eq(x, x), y, x); }
// The larger; NaN where either is NaN.
HWY_INLINE V max_or_nan(V a, V b) { return or_nan_of(a, hn::IfThenElse(hn::Ge(a, b), a, b)); }
HWY_INLINE V min_or_nan(V a, V b) { return or_nan_of(a, hn::IfThenElse(hn::Le(a, b), a, b)); }

// 2^n for n in [-126, 127].
template <class VI>
HWY_INLINE V power_of_two(VI n) {
  const DI di;
  return hn::BitCast(D(), hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

// x = n ln 2 + r with |r| <= ln 2 / 2. The upper part of ln 2 has 9 bits: its product is exact.
constexpr float kLog2e = 1.44269504f, kLn2Upper = 0.693359375f, kLn2Lower = -2.12194440e-4f;
HWY_INLINE V reduced(V x, V n) {
  return hn::NegMulAdd(n, set(kLn2Lower), hn::NegMulAdd(n, set(kLn2Upper), x));
}
// e^r - 1 - r for |r| <= ln 2 / 2: r^2 times a polynomial with a relative error of 7e-8.
HWY_INLINE V exp_rest(V r) {
  V p = set(0.00139262508315f);
  p = hn::MulAdd(p, r, set(0.00836323288368f));
  p = hn::MulAdd(p, r, set(0.041666554213f));
  p = hn::MulAdd(p, r, set(0.166665766661f));
  p = hn::MulAdd(p, r, set(0.5f));
  return hn::Mul(hn::Mul(r, r), p);
}

// For x in [-104, 89], where the result is 0 and infinity at the ends. Error <= 1.1 ulp.
HWY_INLINE V exp_in_range(V x) {
  const V n = hn::Round(hn::Mul(x, set(kLog2e)));
  const V r = reduced(x, n);
  const V y = hn::Add(set(1.0f), hn::Add(r, exp_rest(r)));
  // 2^n in two factors, for 2^-150 and 2^128 are no floats.
  const auto whole = hn::ConvertTo(DI(), n);
  const auto half = hn::ShiftRight<1>(whole);
  return hn::Mul(hn::Mul(y, power_of_two(half)), power_of_two(hn::Sub(whole, half)));
}
HWY_INLINE V exp(V x) {
  const V y = exp_in_range(hn::Min(hn::Max(x, set(-104.0f)), set(89.0f)));
  return or_nan_of(x, y);
}
// For x <= 0, or NaN: what softmax and its kin need.
HWY_INLINE V exp_of_negative(V x) { return or_nan_of(x, exp_in_range(hn::Max(x, set(-104.0f)))); }

// 1 / (1 + e^-x), from e^-|x|, which cannot overflow. Error <= 2.5 ulp.
HWY_INLINE V sigmoid(V x) {
  const V e = exp_of_negative(hn::Neg(hn::Abs(x)));
  const V one = set(1.0f);
  const V numerator = hn::IfThenElse(hn::Lt(x, hn::Zero(D())), e, one);
  return hn::Div(numerator, hn::Add(one, e));
}

// With t = e^2|x| - 1: t / (t + 2), which is 1 from |x| = 10 on. Error <= 2.5 ulp.
HWY_INLINE V tanh(V x) {
  const V twice = hn::Min(hn::Mul(hn::Abs(x), set(2.0f)), set(20.0f));
  const V n = hn::Round(hn::Mul(twice, set(kLog2e)));
  const V r = reduced(twice, n);
  const V scale = power_of_two(hn::ConvertTo(DI(), n));
  const V t = hn::MulAdd(scale, hn::Add(r, exp_rest(r)), hn::Sub(scale, set(1.0f)));
  return or_nan_of(x, hn::CopySign(hn::Div(t, hn::Add(t, set(2.0f))), x));
}

// For normal x > 0. With x = 2^e (1 + f), s = f / (2 + f): log(1 + f) = 2 atanh(s).
HWY_INLINE V log_of_normal(V x, V added_exponent) {
  const D d;
  const DI di;
  // Mantissas from sqrt(1/2) to sqrt(2), so that log has no cancellation near 1.
  const auto least = hn::Set(di, 0x3f3504f3);
  const auto shifted = hn::Sub(hn::BitCast(di, x), least);
  const V e = hn::Add(hn::ConvertTo(d, hn::ShiftRight<23>(shifted)), added_exponent);
  const auto mantissa = hn::Add(hn::And(shifted, hn::Set(di, 0x007fffff)), least);
  const V f = hn::Sub(hn::BitCast(d, mantissa), set(1.0f));
  const V s = hn::Div(f, hn::Add(f, set(2.0f)));
  const V z = hn::Mul(s, s);
  V q = hn::MulAdd(set(0.2958098593f), z, set(0.399887577166f));
  q = hn::Mul(hn::MulAdd(q, z, set(0.666666850954f)), z);
  const V half_square = hn::Mul(hn::Mul(f, f), set(0.5f));
  const V rest = hn::MulAdd(s, hn::Add(half_square, q), hn::Mul(e, set(kLn2Lower)));
  return hn::MulAdd(e, set(kLn2Upper), hn::Sub(f, hn::Sub(half_square, rest)));
}

// Error <= 1 ulp. log(0) is -infinity, log of a negative number NaN.
HWY_INLINE V log(V x) {
  const D d;
  const auto small = hn::Lt(x, set(std::numeric_limits<float>::min()));
  const V normal = hn::IfThenElse(small, hn::Mul(x, set(0x1p23f)), x);
  const V y = log_of_normal(normal, hn::IfThenElseZero(small, set(-23.0f)));
  const V infinity = set(std::numeric_limits<float>::infinity());
  const V edge = hn::IfThenElse(hn::Eq(x, hn::Zero(d)), hn::Neg(infinity),
                                hn::IfThenElse(hn::Lt(x, hn::Zero(d)), set(NAN), x));
  return hn::IfThenElse(hn::And(hn::Gt(x, hn::Zero(d)), hn::Lt(x, infinity)), y, edge);
}

// log(u) and what the rounding of u = 1 + x took away, over u. Error <= 2 ulp.
HWY_INLINE V log1p(V x) {
  const V u = hn::Add(x, set(1.0f));
  const V lost = hn::Sub(x, hn::Sub(u, set(1.0f)));
  const auto inside =
      hn::And(hn::Gt(u, hn::Zero(D())), hn::Lt(u, set(std::numeric_limits<float>::infinity())));
  const V y = log(u);
  return hn::IfThenElse(inside, hn::Add(y, hn::Div(lost, u)), y);
}

// max(x, 0) + log(1 + e^-|x|). Error <= 2 ulp.
HWY_INLINE V softplus(V x) {
  const V e = exp_of_negative(hn::Neg(hn::Abs(x)));
  const V u = hn::Add(e, set(1.0f));
  const V lost = hn::Sub(e, hn::Sub(u, set(1.0f)));
  const V y = hn::Add(log_of_normal(u, hn::Zero(D())), hn::Div(lost, u));
  return or_nan_of(x, hn::Add(hn::Max(x, hn::Zero(D())), y));
}

// 2^n (e^r - 1) + (2^n - 1); from x = 80 on, 1 is nothing beside e^x. Error <= 2 ulp.
HWY_INLINE V expm1(V x) {
  const V inside = hn::Min(hn::Max(x, set(-30.0f)), set(80.0f));
  const V n = hn::Round(hn::Mul(inside, set(kLog2e)));
  const V r = reduced(inside, n);
  const V scale = power_of_two(hn::ConvertTo(DI(), n));
  const V y = hn::MulAdd(scale, hn::Add(r, exp_rest(r)), hn::Sub(scale, set(1.0f)));
  // The fit loses -0 and numbers of few bits: they are their own result.
  const V small = hn::IfThenElse(hn::Lt(hn::Abs(x), set(1e-8f)), x, y);
  return or_nan_of(x, hn::IfThenElse(hn::Gt(x, set(80.0f)), exp(x), small));
}

// Up to 1: x + x P(x^2). Above: 1 - e^-Q(|x|), which is 1 from 4 on. Error <= 2 ulp.
HWY_INLINE V erf(V x) {
  const V z = hn::Mul(x, x);
  V p = set(7.875874871388078e-05f);
  p = hn::MulAdd(p, z, set(-0.000801686430349946f));
  p = hn::MulAdd(p, z, set(0.005189087241888046f));
  p = hn::MulAdd(p, z, set(-0.02685421146452427f));
  p = hn::MulAdd(p, z, set(0.11283594369888306f));
  p = hn::MulAdd(p, z, set(-0.3761262595653534f));
  p = hn::MulAdd(p, z, set(0.12837916612625122f));
  const V inner = hn::MulAdd(x, p, x);
  const V a = hn::Min(hn::Abs(x), set(4.0f));
  V q = set(-1.6371513993362896e-06f);
  q = hn::MulAdd(q, a, set(4.605804133461788e-05f));
  q = hn::MulAdd(q, a, set(-0.0005968056502752006f));
  q = hn::MulAdd(q, a, set(0.004759596195071936f));
  q = hn::MulAdd(q, a, set(-0.026421135291457176f));
  q = hn::MulAdd(q, a, set(0.11008008569478989f));
  q = hn::MulAdd(q, a, set(0.6318260431289673f));
  q = hn::MulAdd(q, a, set(1.1302334070205688f));
  q = hn::MulAdd(q, a, set(-0.0003201380604878068f));
  const V outer = hn::CopySign(hn::Sub(set(1.0f), exp_of_negative(hn::Neg(q))), x);
  return or_nan_of(x, hn::IfThenElse(hn::Lt(hn::Abs(x), set(1.0f)), inner, outer));
}

// f of each lane, for what is rare or long.
template <class F>
HWY_INLINE V each_lane(V x, const F& f) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(x, D(), lanes);
  for (float& lane : lanes) lane = f(lane);
  return hn::Load(D(), lanes);
}

// sin(x + quarters pi / 2). With x = n pi / 2 + r, |r| <= pi / 4: the sine or the cosine of r.
// Where n has more than 13 bits its products with the parts of pi / 2 (8, 11, 11 and 24 bits) are
// no longer exact: there the standard library, in double. Error <= 2 ulp.
template <int quarters>
HWY_INLINE V sine(V x) {
  const D d;
  const DI di;
  if (!hn::AllTrue(d, hn::Lt(hn::Abs(x), set(8000.0f))))
    return each_lane(x, [](float v) {
      return static_cast<float>(quarters ? std::cos(double{v}) : std::sin(double{v}));
    });
  const V n = hn::Round(hn::Mul(x, set(0.636619772f)));
  V r = hn::NegMulAdd(n, set(1.5703125f), x);
  r = hn::NegMulAdd(n, set(0.0004837512969970703f), r);
  r = hn::NegMulAdd(n, set(7.549533620476723e-08f), r);
  r = hn::NegMulAdd(n, set(2.5633440682570896e-12f), r);
  const V z = hn::Mul(r, r);
  V s = set(2.724962087086169e-06f);
  s = hn::MulAdd(s, z, set(-0.00019840084132738411f));
  s = hn::MulAdd(s, z, set(0.008333331905305386f));
  s = hn::MulAdd(s, z, set(-0.1666666716337204f));
  s = hn::MulAdd(hn::Mul(r, z), s, r);
  V c = set(2.4547689463361166e-05f);
  c = hn::MulAdd(c, z, set(-0.0013888301327824593f));
  c = hn::MulAdd(c, z, set(0.0416666641831398f));
  c = hn::MulAdd(hn::Mul(z, z), c, hn::NegMulAdd(set(0.5f), z, set(1.0f)));
  const auto quadrant = hn::Add(hn::ConvertTo(di, n), hn::Set(di, quarters));
  const auto odd = hn::RebindMask(d, hn::TestBit(quadrant, hn::Set(di, 1)));
  const V y = hn::IfThenElse(odd, c, s);
  // The second half of the circle is the first with the other sign: bit 1 becomes the sign.
  const auto sign = hn::ShiftLeft<30>(hn::And(quadrant, hn::Set(di, 2)));
  return hn::Xor(y, hn::BitCast(d, sign));
}
HWY_INLINE V sin(V x) { return sine<0>(x); }
HWY_INLINE V cos(V x) { return sine<1>(x); }

// x^exponent, the same exponent in all lanes. Small whole ones by squaring, others by the standard
// library.
HWY_INLINE V power(V x, V exponent) {
  const float e = hn::GetLane(exponent);
  const float size = e < 0 ? -e : e;
  if (size > 16 || size != static_cast<float>(static_cast<int>(size)))
    return each_lane(x, [e](float v) { return std::pow(v, e); });
  V y = set(1.0f);
  for (int rest = static_cast<int>(size); rest > 0; rest >>= 1, x = hn::Mul(x, x))
    if (rest & 1) y = hn::Mul(y, x);
  return e < 0 ? hn::Div(set(1.0f), y) : y;
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
