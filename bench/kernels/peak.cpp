#include "bench/kernels/peak.h"

#include <algorithm>
#include <chrono>

#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/kernels/peak.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace glia::bench::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Twelve independent sums hide the latency of any multiply-add unit there is. Returns operations.
double fma_loop(long rounds, float* out) {
  const hn::ScalableTag<float> d;
  const auto x = hn::Set(d, 0.5f), y = hn::Set(d, out[0]);
  hn::Vec<decltype(d)> sum[12];
#pragma GCC unroll 12
  for (int i = 0; i < 12; ++i) sum[i] = hn::Set(d, static_cast<float>(i) * out[0]);
  for (long round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) sum[i] = hn::MulAdd(sum[i], x, y);
  }
#pragma GCC unroll 12
  for (int i = 1; i < 12; ++i) sum[0] = hn::Add(sum[0], sum[i]);
  out[0] = hn::GetLane(sum[0]);
  return 2.0 * 12.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace glia::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::bench {

HWY_EXPORT(fma_loop);

double measured_fma_peak() {
  float out = 0.0f;
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const double operations = HWY_DYNAMIC_DISPATCH(fma_loop)(1'000'000, &out);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    best = std::max(best, operations / seconds.count() * 1e-9);
  }
  return out > -1.0f ? best : 0.0;
}

}  // namespace glia::bench
#endif
