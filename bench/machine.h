// What this machine can do at most, measured.
#pragma once

namespace glia::bench {

struct Peaks {
  double multiply_add = 0;  // GFLOP/s f32, in registers only, two operations each
  double read = 0;          // GB/s out of memory
  double copy = 0;          // GB/s, read and written bytes counted
};

// The best of several tries on `threads` threads at once. Cost: about a second.
Peaks measure_peaks(int threads);

}  // namespace glia::bench
