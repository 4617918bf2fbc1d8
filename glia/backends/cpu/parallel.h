// Internal: how kernels use threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace glia::cpu {

// How many of `threads` are worth their fork and join (about 2 us) for work that takes one thread
// `nanoseconds`. A rule over shapes, never a timing, so that a plan is the same on every run.
inline int worth_threads(int threads, double nanoseconds) {
  constexpr double kWorthOfAThread = 8000;
  return static_cast<int>(std::clamp(nanoseconds / kWorthOfAThread, 1.0, double(threads)));
}

// Calls f(first, last) with parts of [0, count), one for each thread.
template <class F>
void split(int threads, std::int64_t count, const F& f) {
  if (threads == 1) return f(std::int64_t{0}, count);
#pragma omp parallel num_threads(threads)
  {
    const std::int64_t team = omp_get_num_threads(), self = omp_get_thread_num();
    const std::int64_t first = count * self / team, last = count * (self + 1) / team;
    if (first < last) f(first, last);
  }
}

}  // namespace glia::cpu
