#include "glia/report/curve.h"

#include <algorithm>
#include <cmath>

namespace glia::report {
namespace {

constexpr double kPart = 40;  // of a curve, over which it is smoothed

}  // namespace

Curve::Curve(std::size_t most) : most_(std::max<std::size_t>(2, most + most % 2)) {
  groups_.reserve(most_);
}

void Curve::halve() {
  for (std::size_t i = 0; i < groups_.size(); i += 2) {
    const Group &a = groups_[i], &b = groups_[i + 1];
    groups_[i / 2] = {a.x + b.x, a.y + b.y, a.count + b.count};
  }
  groups_.resize(groups_.size() / 2);
  per_group_ *= 2;
}

void Curve::add(double x, double y) {
  if (!std::isfinite(y)) return;
  if (groups_.empty() || groups_.back().count == per_group_) {
    if (groups_.size() == most_) halve();
    groups_.emplace_back();
  }
  Group& group = groups_.back();
  group.x += x, group.y += y, ++group.count;
}

Series Curve::series(std::string name, bool plain) const {
  Series series;
  series.name = std::move(name);
  const double over = static_cast<double>(groups_.size()) / kPart;
  const double keep = plain || over <= 1 ? 0 : 1 - 1 / over;
  double sum = 0, weight = 0;
  for (const Group& group : groups_) {
    const auto count = static_cast<double>(group.count);
    sum = keep * sum + group.y / count;
    weight = keep * weight + 1;
    series.x.push_back(group.x / count);
    series.y.push_back(sum / weight);
  }
  return series;
}

}  // namespace glia::report
