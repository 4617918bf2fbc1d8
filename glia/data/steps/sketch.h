// Quantiles of a stream in bounded memory.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace glia::data {

// Values that stand for all that came. Buffers of `capacity` values; a full one is sorted, every
// other value moves up and counts twice as much (Manku, Rajagopalan, Lindsay, "Approximate medians
// and other quantiles in one pass and with limited memory", SIGMOD 1998). Nothing is random: each
// such halving moves the rank of a value by at most the weight of the values in its buffer, and the
// sketch adds these up, so that its bound is no guess. Up to `capacity` values it is exact.
class QuantileSketch {
 public:
  explicit QuantileSketch(std::size_t capacity = 1 << 14);

  void add(double value) { add(std::span(&value, 1)); }
  void add(std::span<const double> values);    // NaN: left out
  void add(double value, std::int64_t times);  // exactly

  std::int64_t count() const { return count_; }
  // The rank of quantile(q), as a share of the count, differs from q by at most this much (beyond
  // the 1 / count that lies between two neighbours). About log2(n / capacity) / capacity.
  double rank_error() const;
  // Linear between neighbours, as numpy has it; q: [0, 1]. There must be a value.
  double quantile(double q) const;
  // By value, with how many values each stands for.
  std::vector<std::pair<double, std::int64_t>> points() const;

 private:
  void compact(std::size_t level);
  const std::vector<std::pair<double, std::int64_t>>& ranks() const;

  std::size_t capacity_;
  std::int64_t count_ = 0, error_ = 0;
  std::vector<std::vector<double>> levels_;  // a value of level h counts 2^h times
  std::vector<bool> odd_;                    // which half moved up the last time
  std::vector<std::pair<double, std::int64_t>> heavy_;
  double least_ = 0, most_ = 0;
  // By value, with how many values are as small: made when first asked for.
  mutable std::vector<std::pair<double, std::int64_t>> ranks_;
};

}  // namespace glia::data
