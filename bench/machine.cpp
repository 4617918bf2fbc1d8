#include "bench/machine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <functional>
#include <thread>
#include <vector>

#include "bench/kernels/peak.h"

namespace glia::bench {
namespace {

constexpr std::size_t kBytes = std::size_t{128} << 20;  // for each thread: beyond any cache
constexpr int kTries = 6;

// Runs `work` on all threads at once, several times; the shortest, in seconds.
double fastest(int threads, const std::function<void(int thread)>& work) {
  double best = 1e300;
  for (int i = 0; i < kTries; ++i) {
    std::atomic<int> waiting = threads;
    std::vector<std::thread> others;
    const auto body = [&](int thread) {
      --waiting;
      while (waiting > 0) std::this_thread::yield();
      work(thread);
    };
    for (int t = 1; t < threads; ++t) others.emplace_back(body, t);
    --waiting;
    while (waiting > 0) std::this_thread::yield();
    const auto start = std::chrono::steady_clock::now();
    work(0);
    for (auto& other : others) other.join();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

// Eight sums, so that additions do not wait for one another.
std::uint64_t read_all(const std::vector<std::uint64_t>& words) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + 8 <= words.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) sums[k] += words[i + k];
  std::uint64_t sum = 0;
  for (const std::uint64_t s : sums) sum += s;
  return sum;
}

double now(clockid_t clock) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

}  // namespace

Timing clocks() { return {now(CLOCK_MONOTONIC), now(CLOCK_PROCESS_CPUTIME_ID)}; }

Peaks measure_peaks(int threads) {
  const auto n = static_cast<std::size_t>(threads);
  std::vector<std::vector<std::uint64_t>> memory(n), other(n);
  for (auto& m : memory) m.assign(kBytes / 8, 1);
  for (auto& m : other) m.assign(kBytes / 8, 2);
  std::vector<double> rates(n);
  fastest(threads, [&](int t) { rates[static_cast<std::size_t>(t)] = measured_fma_peak(); });
  Peaks peaks;
  for (const double rate : rates) peaks.multiply_add += rate;

  const double bytes = static_cast<double>(kBytes) * threads * 1e-9;
  std::atomic<std::uint64_t> keep = 0;
  peaks.read = bytes / fastest(threads, [&](int t) {
                 keep += read_all(memory[static_cast<std::size_t>(t)]);
               });
  peaks.copy = 2 * bytes / fastest(threads, [&](int t) {
                 const auto i = static_cast<std::size_t>(t);
                 std::memcpy(other[i].data(), memory[i].data(), kBytes);
               });
  return peaks;
}

}  // namespace glia::bench
