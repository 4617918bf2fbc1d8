#include "glia/data/steps/sketch.h"

#include <algorithm>
#include <cmath>

namespace glia::data {

QuantileSketch::QuantileSketch(std::size_t capacity)
    : capacity_(std::max<std::size_t>(2, capacity / 2 * 2)) {}

void QuantileSketch::add(double value) {
  ranks_.clear();
  if (count_++ == 0) least_ = most_ = value;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
  if (levels_.empty()) levels_.emplace_back(), odd_.push_back(false);
  levels_[0].push_back(value);
  for (std::size_t level = 0; level < levels_.size() && levels_[level].size() >= capacity_; ++level)
    compact(level);
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
  std::sort(from.begin(), from.end());
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
