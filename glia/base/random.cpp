#include "glia/base/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace glia {

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c,
                                    std::array<std::uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

std::uint32_t stream_id(std::string_view purpose) {
  std::uint32_t hash = 2166136261u;
  for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

// Key: the seed. Counter: block number (64 bits of which the upper 32 carry the step's low word),
// stream, step's high word folded in. Distinct (stream, step) never share a counter below 2^32
// blocks.
Random::Random(std::uint64_t seed, std::uint32_t stream, std::uint64_t step)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(step >> 32), stream,
               static_cast<std::uint32_t>(step)} {}

std::uint32_t Random::next() {
  if (used_ == 4) {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return block_[used_++];
}

double Random::uniform() {
  const std::uint64_t high = next();
  return static_cast<double>((high << 21) | (next() >> 11)) * 0x1p-53;
}

double Random::normal() {
  const double u = 1.0 - uniform();  // (0, 1]
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v);
}

std::uint64_t Random::below(std::uint64_t n) {
  for (;;) {
    const std::uint64_t high = next();
    const std::uint64_t x = (high << 32) | next();
    // Below the greatest multiple of n; for most that is known without another division.
    if (x <= UINT64_MAX - n || x < UINT64_MAX - UINT64_MAX % n) return x % n;
  }
}

std::vector<std::int64_t> Random::permutation(std::int64_t n) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), std::int64_t{0});
  for (std::int64_t i = n - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(below(static_cast<std::uint64_t>(i) + 1))]);
  return order;
}

float philox_uniform(std::uint64_t seed, std::uint32_t stream, std::uint64_t step,
                     std::uint64_t index) {
  const std::uint64_t block = index / 4;
  const auto words =
      philox({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(step >> 32), stream,
              static_cast<std::uint32_t>(step)},
             {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return static_cast<float>(words[index % 4] >> 8) * 0x1p-24f;
}

}  // namespace glia
