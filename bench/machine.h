// What this machine can do at most, measured; and the clocks to measure by.
#pragma once

namespace glia::bench {

struct Timing {
  double wall = 0, cpu = 0;  // nanoseconds; cpu: of all threads together
};
Timing clocks();  // now
inline Timing operator-(Timing a, Timing b) { return {a.wall - b.wall, a.cpu - b.cpu}; }

struct Peaks {
  double multiply_add = 0;  // GFLOP/s f32, in registers only, two operations each
  double read = 0;          // GB/s out of memory
  double copy = 0;          // GB/s, read and written bytes counted
};

// The best of several tries on `threads` threads at once. Cost: about a second.
Peaks measure_peaks(int threads);

}  // namespace glia::bench
