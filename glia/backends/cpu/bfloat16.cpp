#include "glia/backends/cpu/bfloat16.h"

#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/bfloat16.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

using DU = hn::RebindToUnsigned<D>;
using DH = hn::Rebind<std::uint16_t, D>;

// The upper halves, rounded to nearest, ties to even; a NaN keeps its upper half and stays one.
HWY_INLINE hn::Vec<DU> upper_half(V v) {
  const DU du;
  const auto bits = hn::BitCast(du, v);
  const auto upper = hn::ShiftRight<16>(bits);
  const auto up = hn::Add(hn::Set(du, 0x7fffu), hn::And(upper, hn::Set(du, 1u)));
  const auto rounded = hn::ShiftRight<16>(hn::Add(bits, up));
  const auto quiet = hn::Or(upper, hn::Set(du, 0x40u));
  return hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), quiet, rounded);
}

void to_bf16(BFloat16* to, const float* from, std::int64_t n) {
  auto* bits = reinterpret_cast<std::uint16_t*>(to);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    hn::StoreU(hn::DemoteTo(DH(), hn::BitCast(DI(), upper_half(load(from + i)))), DH(), bits + i);
  for (; i < n; ++i) to[i] = BFloat16(from[i]);
}

void from_bf16(float* to, const BFloat16* from, std::int64_t n) {
  const auto* bits = reinterpret_cast<const std::uint16_t*>(from);
  const DU du;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    store(hn::BitCast(D(), hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(DH(), bits + i)))),
          to + i);
  for (; i < n; ++i) to[i] = from[i];
}

void round_to_bf16(float* to, const float* from, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    store(hn::BitCast(D(), hn::ShiftLeft<16>(upper_half(load(from + i)))), to + i);
  for (; i < n; ++i) to[i] = BFloat16(from[i]);
}

const Bf16Functions* functions_of_target() {
  static const Bf16Functions functions{to_bf16, from_bf16, round_to_bf16};
  return &functions;
}

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {

HWY_EXPORT(functions_of_target);
const Bf16Functions& bf16_functions() { return *HWY_DYNAMIC_DISPATCH(functions_of_target)(); }

}  // namespace glia::cpu
#endif
