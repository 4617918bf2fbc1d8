// Times matrix products on request, so that a peer can be timed in between (gemm_bench.py).
// Reads lines "m n k transpose_a transpose_b threads kernel" with kernel one of automatic, dot,
// tile, onednn; answers each with nanoseconds per product. "peak" answers GFLOP/s of one thread.
#include <time.h>

#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "bench/kernels/peak.h"
#include "glia/backends/cpu/gemm.h"
#include "glia/base/error.h"
#include "glia/base/random.h"

namespace glia::bench {
namespace {

using cpu::Gemm;
using cpu::GemmKernel;

GemmKernel kernel_of(const std::string& name) {
  return name == "dot"      ? GemmKernel::dot
         : name == "tile"   ? GemmKernel::tile
         : name == "onednn" ? GemmKernel::onednn
                            : GemmKernel::automatic;
}

std::vector<float> values(std::int64_t n) {
  Random random(1, "bench");
  std::vector<float> x(static_cast<std::size_t>(n));
  for (float& v : x) v = static_cast<float>(random.uniform());
  return x;
}

struct alignas(64) Line {
  float floats[16];
};

// One thread is timed by its own clock, which stands still while others have the core.
double nanoseconds(int threads) {
  timespec now{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// The fastest of many short runs in some 6 ms: what the machine does when nobody else has it.
double time_gemm(const Gemm& g, GemmKernel kernel) {
  const cpu::GemmPlan plan = cpu::plan_gemm(g, kernel);
  const std::vector<float> a = values(g.m * g.k), b = values(g.n * g.k);
  std::vector<float> c(static_cast<std::size_t>(g.m * g.n));
  std::vector<Line> scratch(cpu::scratch_floats(plan) / 16 + 1);
  const auto run = [&](long n) {
    const double start = nanoseconds(g.threads);
    for (long i = 0; i < n; ++i)
      cpu::run_gemm(plan, a.data(), b.data(), nullptr, c.data(), scratch[0].floats);
    return nanoseconds(g.threads) - start;
  };
  run(1);
  const long n = std::max(1L, static_cast<long>(1e5 / std::max(1.0, run(1))));
  double best = run(n), spent = 0;
  for (int i = 0; i < 5 || spent < 6e6; ++i) {
    const double time = run(n);
    spent += time;
    best = std::min(best, time);
  }
  return best / static_cast<double>(n);
}

void answer(const std::string& line) {
  std::istringstream in(line);
  if (line == "peak") {
    std::cout << measured_fma_peak() << std::endl;
    return;
  }
  Gemm g;
  std::string kernel;
  in >> g.m >> g.n >> g.k >> g.transpose_a >> g.transpose_b >> g.threads >> kernel;
  try {
    std::cout << time_gemm(g, kernel_of(kernel)) << std::endl;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    std::cout << "nan" << std::endl;
  }
}

}  // namespace
}  // namespace glia::bench

int main() {
  std::string line;
  while (std::getline(std::cin, line)) glia::bench::answer(line);
}
