// Philox 4x32-10 (see base/random.h) for as many blocks side by side as a vector has lanes. The
// numbers are those of philox_uniform, to the bit.
#include <cmath>

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd_targets.h"
#include "glia/base/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/dropout_mask.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

#ifndef GLIA_BACKENDS_CPU_DROPOUT_MASK_ONCE
#define GLIA_BACKENDS_CPU_DROPOUT_MASK_ONCE
namespace glia::cpu {
namespace {
struct Dropout {
  std::uint32_t key[2];
  std::uint32_t counter[3];  // the words after the block's number
  std::int32_t threshold;    // of 24 bits: below it, an element is dropped
  float kept;                // what the others are multiplied with
};
}  // namespace
}  // namespace glia::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

#if HWY_TARGET == HWY_SCALAR
void dropout_range(const Dropout& s, float* to, std::int64_t first, std::int64_t last) {
  for (std::int64_t i = first; i < last; ++i) {
    const auto words =
        philox({static_cast<std::uint32_t>(i / 4), s.counter[0], s.counter[1], s.counter[2]},
               {s.key[0], s.key[1]});
    const auto bits = static_cast<std::int32_t>(words[static_cast<std::size_t>(i % 4)] >> 8);
    to[i] = bits < s.threshold ? 0.0f : s.kept;
  }
}
#else
using DU = hn::RebindToUnsigned<D>;
using VU = hn::Vec<DU>;

// The upper and lower halves of 64-bit products, lane by lane.
HWY_INLINE void multiply(VU a, VU b, VU& upper, VU& lower) {
  const DU d;
  const hn::RepartitionToWide<DU> wide;
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  upper = hn::OddEven(hn::BitCast(d, odd), hn::BitCast(d, hn::ShiftRight<32>(even)));
  lower = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(odd)), hn::BitCast(d, even));
}

HWY_INLINE V mask_of(const Dropout& s, VU word) {
  const DI d;
  const auto bits = hn::BitCast(d, hn::ShiftRight<8>(word));
  const auto dropped = hn::Lt(bits, hn::Set(d, s.threshold));
  return hn::IfThenZeroElse(hn::RebindMask(D(), dropped), set(s.kept));
}

// Elements 4 * first_block ... in kGroups groups of 4 * kLanes. Two at a time hide the latency of
// the rounds, of which each waits for the one before.
template <int kGroups>
HWY_INLINE void groups(const Dropout& s, std::uint32_t first_block, float* to) {
  const DU d;
  VU c0[kGroups], c1[kGroups], c2[kGroups], c3[kGroups];
#pragma GCC unroll 2
  for (int g = 0; g < kGroups; ++g) {
    const auto block = first_block + static_cast<std::uint32_t>(g * kLanes);
    c0[g] = hn::Add(hn::Iota(d, 0), hn::Set(d, block));
    c1[g] = hn::Set(d, s.counter[0]);
    c2[g] = hn::Set(d, s.counter[1]);
    c3[g] = hn::Set(d, s.counter[2]);
  }
  std::uint32_t k0 = s.key[0], k1 = s.key[1];
  const VU m0 = hn::Set(d, 0xD2511F53u), m1 = hn::Set(d, 0xCD9E8D57u);
  for (int round = 0; round < 10; ++round) {
#pragma GCC unroll 2
    for (int g = 0; g < kGroups; ++g) {
      VU upper0, lower0, upper1, lower1;
      multiply(c0[g], m0, upper0, lower0);
      multiply(c2[g], m1, upper1, lower1);
      c0[g] = hn::Xor(hn::Xor(upper1, c1[g]), hn::Set(d, k0));
      c1[g] = lower1;
      c2[g] = hn::Xor(hn::Xor(upper0, c3[g]), hn::Set(d, k1));
      c3[g] = lower0;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
#pragma GCC unroll 2
  for (int g = 0; g < kGroups; ++g)
    hn::StoreInterleaved4(mask_of(s, c0[g]), mask_of(s, c1[g]), mask_of(s, c2[g]),
                          mask_of(s, c3[g]), D(), to + g * 4 * kLanes);
}

// Elements [first, last) of the whole array at `to`; first is a multiple of 4.
void dropout_range(const Dropout& s, float* to, std::int64_t first, std::int64_t last) {
  std::int64_t i = first;
  for (; i + 8 * kLanes <= last; i += 8 * kLanes)
    groups<2>(s, static_cast<std::uint32_t>(i / 4), to + i);
  if (i == last) return;
  HWY_ALIGN float rest[8 * kLanes];
  groups<2>(s, static_cast<std::uint32_t>(i / 4), rest);
  std::memcpy(to + i, rest, static_cast<std::size_t>(last - i) * sizeof(float));
}
#endif

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {

HWY_EXPORT(dropout_range);

std::optional<Kernel> dropout_mask_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  const std::int64_t n = node.outputs[0].shape.elements();
  const double rate = node.attributes.real("rate");
  const auto seed = static_cast<std::uint64_t>(node.attributes.integer("seed"));
  const auto stream = static_cast<std::uint32_t>(node.attributes.integer("stream"));
  Dropout fixed{};
  fixed.key[0] = static_cast<std::uint32_t>(seed);
  fixed.key[1] = static_cast<std::uint32_t>(seed >> 32);
  fixed.counter[1] = stream;
  // bits * 2^-24 < rate, without rounding the rate to f32.
  fixed.threshold = static_cast<std::int32_t>(std::ceil(rate * 0x1p24));
  fixed.kept = static_cast<float>(1 / (1 - rate));
  const std::int64_t groups = (n + 3) / 4;
  const int team = worth_threads(threads, 0.8 * static_cast<double>(n));
  const auto range = HWY_DYNAMIC_DISPATCH(dropout_range);
  Kernel kernel{.name = "simd"};
  kernel.run = [=](const Args& args) {
    const auto step = static_cast<std::uint64_t>(*args.input<std::int64_t>(0));
    Dropout s = fixed;
    s.counter[0] = static_cast<std::uint32_t>(step >> 32);
    s.counter[2] = static_cast<std::uint32_t>(step);
    split(team, groups, [&](std::int64_t first, std::int64_t last) {
      range(s, args.output<float>(0), 4 * first, std::min(4 * last, n));
    });
  };
  return kernel;
}

}  // namespace glia::cpu
#endif
