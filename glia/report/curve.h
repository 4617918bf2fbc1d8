// A curve of as many points as come, in bounded memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "glia/report/plot.h"

namespace glia::report {

// Points are kept as means of neighbours: of ever more of them, so that never more than `most` are
// there.
class Curve {
 public:
  explicit Curve(std::size_t most = 512);

  // x: increasing. A y that is not finite is left out. Allocates nothing.
  void add(double x, double y);
  bool empty() const { return groups_.empty(); }

  // Each mean with those before it, which weigh less and less: over about a 40th of the curve, so
  // that the noise of single batches does not hide its course. plain: the means themselves.
  Series series(std::string name, bool plain = false) const;

 private:
  struct Group {
    double x = 0, y = 0;  // sums
    std::int64_t count = 0;
  };
  void halve();

  std::size_t most_;
  std::int64_t per_group_ = 1;
  std::vector<Group> groups_;
};

}  // namespace glia::report
