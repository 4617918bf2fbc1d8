#include "glia/report/pace.h"

#include <cmath>

namespace glia::report {
namespace {

constexpr double kLeast = 0.1;  // seconds between two measures
constexpr double kMemory = 4;   // seconds over which the rate forgets

}  // namespace

// Exponentially weighted over time, divided by its weight so that it is right from the start: the
// correction that Adam makes of its moments.
void Pace::measure(std::int64_t count, double now) {
  const double passed = now - measured_at_;
  if (passed < kLeast) return;
  const double fresh = 1 - std::exp(-passed / kMemory);
  const double rate = static_cast<double>(count - count_) / passed;
  rate_ += fresh * (rate - rate_);
  weight_ += fresh * (1 - weight_);
  measured_at_ = now, count_ = count;
}

}  // namespace glia::report
