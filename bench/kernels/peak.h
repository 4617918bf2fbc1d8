#pragma once

namespace glia::bench {

// Multiply-adds counted as two operations, in registers only, on one thread: GFLOP/s.
double measured_fma_peak();

}  // namespace glia::bench
