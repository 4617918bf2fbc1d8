// Internal: which instruction sets the kernels are compiled for. Include it before Highway's
// headers, in every source that holds kernels.
//
// Kept: a portable baseline (HWY_EMU128 on x86-64), SSE4, AVX2, AVX3 (AVX-512), NEON; the best one
// is chosen when the program runs. Left out, because they bring nothing for f32 arithmetic and
// each target compiles every kernel once more: SSSE3, AVX3_DL. Left out, because vectors whose
// size is unknown to the compiler cannot be kept in an array of accumulators: SVE.
#pragma once

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
