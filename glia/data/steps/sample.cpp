#include "glia/data/steps/sample.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_map>

#include "glia/base/format.h"
#include "glia/data/steps/numeric.h"
#include "glia/data/steps/sketch.h"

namespace glia::data {
namespace {

constexpr std::size_t kMostModes = 1 << 16;

class Exact : public Sample {
 public:
  void add(std::span<const double> values) override {
    values_.insert(values_.end(), values.begin(), values.end());
    changed();
  }
  bool apply(const NumericStep& step) override {
    apply_step(step, values_);
    changed();
    return true;
  }
  std::int64_t present() const override { return std::ssize(values_) - missing(); }
  std::int64_t missing() const override {
    return std::count_if(values_.begin(), values_.end(), [](double v) { return std::isnan(v); });
  }
  double mean() const override {
    const auto n = static_cast<double>(present());
    double sum = 0;
    for (const double v : values_)
      if (!std::isnan(v)) sum += v / n;  // which cannot overflow
    return sum;
  }
  double deviation() const override {
    const auto n = static_cast<double>(present());
    const double center = mean();
    double squares = 0;
    for (const double v : values_)
      if (!std::isnan(v)) squares += (v - center) * (v - center) / n;
    return std::sqrt(squares);
  }
  double least() const override { return extremes().first; }
  double most() const override { return extremes().second; }
  double median() const override {
    auto all = sorted_.empty() ? there() : sorted_;
    const auto middle = all.begin() + std::ssize(all) / 2;
    if (sorted_.empty()) std::nth_element(all.begin(), middle, all.end());
    if (all.size() % 2 == 1) return *middle;
    return *std::max_element(all.begin(), middle) / 2 + *middle / 2;
  }
  // With numpy's operations in their order: whether a value equals a quantile is a matter of bits.
  double quantile(double q) const override {
    const auto& all = sorted();
    const double at = q * static_cast<double>(all.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    if (below + 1 >= all.size()) return all.back();
    const double low = all[below], high = all[below + 1], part = at - static_cast<double>(below);
    return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
  }
  double mode() const override {
    const auto& all = sorted();
    std::size_t most = 0, start = 0;
    double mode = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i] != all[start]) start = i;
      if (i + 1 - start > most) most = i + 1 - start, mode = all[i];
    }
    return mode;
  }
  double rank_error() const override { return 0; }
  std::vector<std::pair<double, std::int64_t>> points() const override {
    std::vector<std::pair<double, std::int64_t>> points;
    for (const double v : values_)
      if (!std::isnan(v)) points.emplace_back(v, 1);
    return points;
  }
  std::span<const double> values() const override { return values_; }

 private:
  void changed() { sorted_.clear(); }
  std::pair<double, double> extremes() const {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double v : values_)
      if (!std::isnan(v)) low = std::min(low, v), high = std::max(high, v);
    return {low, high};
  }
  std::vector<double> there() const {
    std::vector<double> all;
    all.reserve(values_.size());
    for (const double v : values_)
      if (!std::isnan(v)) all.push_back(v);
    return all;
  }
  const std::vector<double>& sorted() const {
    if (sorted_.empty()) {
      sorted_ = there();
      std::sort(sorted_.begin(), sorted_.end());
    }
    return sorted_;
  }
  std::vector<double> values_;
  mutable std::vector<double> sorted_;
};

class Streamed : public Sample {
 public:
  explicit Streamed(Asked asked) : asked_(asked) {}
  void add(std::span<const double> values) override {
    moments_.add(values);
    for (const double v : values) {
      missing_ += std::isnan(v);
      least_ = v < least_ ? v : least_;
      most_ = v > most_ ? v : most_;
    }
    if (asked_.ranks) sketch_.add(values);
    if (asked_.mode)
      for (const double v : values)
        if (!std::isnan(v) && counts_.size() <= kMostModes) ++counts_[v];
  }
  // Only a fill changes the sample in a way that is known without the values.
  bool apply(const NumericStep& step) override {
    const auto* fill = std::get_if<Fill>(&step);
    if (!fill) return false;
    if (missing_ == 0) return true;
    moments_.add(Moments{missing_, fill->value, 0});
    least_ = std::min(least_, fill->value), most_ = std::max(most_, fill->value);
    if (asked_.ranks) sketch_.add(fill->value, missing_);
    if (asked_.mode && counts_.size() <= kMostModes) counts_[fill->value] += missing_;
    missing_ = 0;
    return true;
  }
  std::int64_t present() const override { return moments_.count; }
  std::int64_t missing() const override { return missing_; }
  double mean() const override { return moments_.mean; }
  double deviation() const override { return std::sqrt(moments_.variance()); }
  double least() const override { return least_; }
  double most() const override { return most_; }
  double median() const override { return sketch_.quantile(0.5); }
  double quantile(double q) const override { return sketch_.quantile(q); }
  double mode() const override {
    if (counts_.size() > kMostModes)
      fail("E-DATA-104",
           "more than {} different values are too many to count for impute_mode while they come "
           "piece by piece; take impute_median",
           kMostModes);
    double mode = 0;
    std::int64_t most = 0;
    for (const auto& [value, count] : counts_)
      if (count > most || (count == most && value < mode)) most = count, mode = value;
    return mode;
  }
  double rank_error() const override { return sketch_.rank_error(); }
  std::vector<std::pair<double, std::int64_t>> points() const override { return sketch_.points(); }

 private:
  Asked asked_;
  Moments moments_;
  QuantileSketch sketch_;
  std::unordered_map<double, std::int64_t> counts_;
  std::int64_t missing_ = 0;
  double least_ = std::numeric_limits<double>::infinity(), most_ = -least_;
};

}  // namespace

void Moments::add(const Moments& other) {
  if (other.count == 0) return;
  const auto a = static_cast<double>(count), b = static_cast<double>(other.count);
  const double distance = other.mean - mean;
  mean += distance * (b / (a + b));
  squares += other.squares + distance * distance * (a / (a + b) * b);
  count += other.count;
}

void Moments::add(std::span<const double> values) {
  Moments piece;
  for (const double v : values)
    if (!std::isnan(v)) ++piece.count, piece.mean += v;
  if (piece.count == 0) return;
  piece.mean /= static_cast<double>(piece.count);
  for (const double v : values)
    if (!std::isnan(v)) piece.squares += (v - piece.mean) * (v - piece.mean);
  add(piece);
}

std::unique_ptr<Sample> exact_sample(Asked) { return std::make_unique<Exact>(); }
std::unique_ptr<Sample> streamed_sample(Asked asked) { return std::make_unique<Streamed>(asked); }

}  // namespace glia::data
