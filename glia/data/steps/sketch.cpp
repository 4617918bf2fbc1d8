#include "glia/data/steps/sketch.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

namespace glia::data {
namespace {

// The order of numbers as that of whole ones: of negative ones all bits are turned.
std::uint64_t as_key(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return bits ^ (bits >> 63 ? ~std::uint64_t{0} : std::uint64_t{1} << 63);
}
double from_key(std::uint64_t key) {
  return std::bit_cast<double>(key ^ (key >> 63 ? std::uint64_t{1} << 63 : ~std::uint64_t{0}));
}

// By digits, from the last: thousands of numbers cost a fifth of what comparing them does.
void sort_numbers(std::vector<double>& values) {
  constexpr int kBits = 11, kDigits = 6;  // 66 bits, of 64
  constexpr std::size_t kBuckets = std::size_t{1} << kBits, kFew = 512;
  if (values.size() < kFew || values.size() > std::numeric_limits<std::uint32_t>::max()) {
    std::sort(values.begin(), values.end());
    return;
  }
  const auto digit = [](std::uint64_t key, int d) { return key >> (kBits * d) & (kBuckets - 1); };
  std::vector<std::uint64_t> keys(values.size()), sorted(values.size());
  std::vector<std::array<std::uint32_t, kBuckets>> counts(kDigits);
  for (std::size_t i = 0; i < values.size(); ++i) {
    keys[i] = as_key(values[i]);
    for (int d = 0; d < kDigits; ++d) ++counts[static_cast<std::size_t>(d)][digit(keys[i], d)];
  }
  for (int d = 0; d < kDigits; ++d) {
    auto& places = counts[static_cast<std::size_t>(d)];
    if (places[digit(keys[0], d)] == keys.size()) continue;  // it is the same in all
    std::exclusive_scan(places.begin(), places.end(), places.begin(), std::uint32_t{0});
    for (const std::uint64_t key : keys) sorted[places[digit(key, d)]++] = key;
    keys.swap(sorted);
  }
  std::transform(keys.begin(), keys.end(), values.begin(), from_key);
}

}  // namespace

QuantileSketch::QuantileSketch(std::size_t capacity)
    : capacity_(std::max<std::size_t>(2, capacity / 2 * 2)) {}

void QuantileSketch::add(std::span<const double> values) {
  ranks_.clear();
  if (levels_.empty()) levels_.emplace_back(), odd_.push_back(false);
  for (const double value : values) {
    if (std::isnan(value)) continue;
    if (count_++ == 0) least_ = most_ = value;
    least_ = std::min(least_, value);
    most_ = std::max(most_, value);
    levels_[0].push_back(value);
    for (std::size_t h = 0; h < levels_.size() && levels_[h].size() >= capacity_; ++h) compact(h);
  }
}

void QuantileSketch::add(double value, std::int64_t times) {
  if (times <= 0) return;
  ranks_.clear();
  if (count_ == 0) least_ = most_ = value;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
  count_ += times;
  heavy_.emplace_back(value, times);
}

void QuantileSketch::compact(std::size_t level) {
  if (level + 1 == levels_.size()) levels_.emplace_back(), odd_.push_back(false);
  auto& from = levels_[level];
  sort_numbers(from);
  // Taking the halves in turn lets their errors cancel, mostly.
  for (std::size_t i = odd_[level] ? 1 : 0; i < from.size(); i += 2)
    levels_[level + 1].push_back(from[i]);
  odd_[level] = !odd_[level];
  from.clear();
  error_ += std::int64_t{1} << level;
}

double QuantileSketch::rank_error() const {
  return count_ == 0 ? 0 : static_cast<double>(error_) / static_cast<double>(count_);
}

std::vector<std::pair<double, std::int64_t>> QuantileSketch::points() const {
  auto points = heavy_;
  for (std::size_t level = 0; level < levels_.size(); ++level)
    for (const double value : levels_[level]) points.emplace_back(value, std::int64_t{1} << level);
  std::sort(points.begin(), points.end());
  return points;
}

const std::vector<std::pair<double, std::int64_t>>& QuantileSketch::ranks() const {
  if (ranks_.empty()) {
    ranks_ = points();
    std::int64_t passed = 0;
    for (auto& [value, times] : ranks_) passed += times, times = passed;
  }
  return ranks_;
}

double QuantileSketch::quantile(double q) const {
  if (q <= 0) return least_;
  if (q >= 1) return most_;
  const double at = q * static_cast<double>(count_ - 1);
  const auto below = static_cast<std::int64_t>(std::floor(at));
  const auto value_at = [&](std::int64_t rank) {  // counted from 0
    const auto& all = ranks();
    const auto found =
        std::upper_bound(all.begin(), all.end(), rank,
                         [](std::int64_t r, const auto& point) { return r < point.second; });
    return found == all.end() ? most_ : found->first;
  };
  const double low = value_at(below), high = value_at(below + 1);
  return low + (high - low) * (at - static_cast<double>(below));
}

}  // namespace glia::data
