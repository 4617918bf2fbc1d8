// Internal: what a step is fitted from, the values of one column.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "glia/data/steps/fitted.h"

namespace glia::data {

// All values of a column, or what is kept of them when they come in pieces. Statistics are those of
// the values that are not NaN; there must be one.
class Sample {
 public:
  virtual ~Sample() = default;

  virtual void add(std::span<const double> values) = 0;  // NaN: missing
  // The sample of what the step makes of the values; false: they are needed once more.
  virtual bool apply(const NumericStep& step) = 0;

  virtual std::int64_t present() const = 0;
  virtual std::int64_t missing() const = 0;
  virtual double mean() const = 0;
  virtual double deviation() const = 0;  // of the population
  virtual double least() const = 0;
  virtual double most() const = 0;
  virtual double median() const = 0;
  virtual double quantile(double q) const = 0;  // linear between neighbours, as numpy has it
  // Error E-DATA-104 where there are too many different values to count.
  virtual double mode() const = 0;
  virtual double rank_error() const = 0;
  // The values, each with its count.
  virtual std::vector<std::pair<double, std::int64_t>> points() const = 0;
  // All of them in their order; only where they are kept.
  virtual std::span<const double> values() const { return {}; }
};

// What will be asked of a sample that keeps little: medians and quantiles, the mode.
struct Asked {
  bool ranks = true, mode = false;
};
using MakeSample = std::unique_ptr<Sample> (*)(Asked asked);
std::unique_ptr<Sample> exact_sample(Asked asked = {});
std::unique_ptr<Sample> streamed_sample(Asked asked);

// Count, mean and sum of squared deviations, which can be put together (Chan, Golub, LeVeque,
// "Algorithms for computing the sample variance", 1983).
struct Moments {
  std::int64_t count = 0;
  double mean = 0, squares = 0;

  void add(double value) {
    const double distance = value - mean;
    mean += distance / static_cast<double>(++count);
    squares += distance * (value - mean);
  }
  void add(const Moments& other);
  void add(std::span<const double> values);  // NaN: left out
  double variance() const { return count == 0 ? 0 : squares / static_cast<double>(count); }
};

}  // namespace glia::data
