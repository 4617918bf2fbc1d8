// Random numbers from a counter, so that they are the same with any number of threads and after any
// resume: the value depends on (seed, stream, step, element) and on nothing else.
//
// Philox 4x32-10, Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC'11.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glia {

// Four 32-bit words for one counter under one key. Pure.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                    std::array<std::uint32_t, 2> key);

// A stable 32-bit name for a purpose ("shuffle", "split", "init:dense.weight"): FNV-1a.
std::uint32_t stream_id(std::string_view purpose);

// A sequence of random numbers for one purpose. Copyable; its whole state is (key, position).
class Random {
 public:
  Random(std::uint64_t seed, std::uint32_t stream, std::uint64_t step = 0);
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t step = 0)
      : Random(seed, stream_id(purpose), step) {}

  std::uint32_t next();                  // 32 uniform bits
  double uniform();                      // [0, 1), 53 bits
  double normal();                       // mean 0, variance 1 (Box-Muller)
  std::uint64_t below(std::uint64_t n);  // [0, n), without bias; n > 0

  // A permutation of 0..n-1 (Fisher-Yates).
  std::vector<std::int64_t> permutation(std::int64_t n);

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> block_{};
  int used_ = 4;
};

// The uniform number in [0, 1) with 24 bits that in-graph random ops use for element `index`:
// every backend must give exactly this.
float philox_uniform(std::uint64_t seed, std::uint32_t stream, std::uint64_t step,
                     std::uint64_t index);

}  // namespace glia
