// How fast something goes now.
#pragma once

#include <cstdint>

namespace glia::report {

// A rate over the last few seconds, recent ones weighing more. Reads no clock: `now` is any
// monotonic clock's seconds.
class Pace {
 public:
  Pace(std::int64_t count, double now) : count_(count), measured_at_(now) {}
  void measure(std::int64_t count, double now);  // cheap where it was asked for a moment ago
  double per_second() const { return weight_ > 0 ? rate_ / weight_ : 0; }  // 0: not known yet
  void skip(double seconds) { measured_at_ += seconds; }  // that just went by do not count

 private:
  std::int64_t count_;
  double measured_at_;
  double rate_ = 0, weight_ = 0;  // the rate, with so much of its final weight
};

}  // namespace glia::report
