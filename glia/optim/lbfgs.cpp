#include "glia/optim/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace glia::optim {
namespace {

double dot(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
double largest(const Vector& a) {
  double most = 0;
  for (const double v : a) most = std::max(most, std::fabs(v));
  return most;
}
void add(Vector& to, double factor, const Vector& what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * what[i];
}

// A place along the line of a search: how far, the value and the gradient there.
struct Place {
  double t = 0, value = 0;
  Vector gradient;
  double slope = 0;  // along the direction
};

// Where the cubic through the values and slopes of two places is least, within bounds.
double cubic_minimum(const Place& a, const Place& b, double least, double most) {
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (least + most) / 2;
  const Place &left = a.t <= b.t ? a : b, &right = a.t <= b.t ? b : a;
  const double d2 = std::sqrt(square);
  const double t = right.t - (right.t - left.t) *
                                 ((right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2));
  return std::min(std::max(t, least), most);
}

// A length that lowers the value enough (c1) and flattens the slope enough (c2).
class LineSearch {
 public:
  // most: as many evaluations beyond the first.
  LineSearch(const Vector& x, const Vector& direction, const Objective& objective, double tolerance,
             std::int64_t most)
      : x_(x),
        direction_(direction),
        objective_(objective),
        least_move_(tolerance / largest(direction)),
        most_(most) {}

  Place run(Place start, double t) {
    bracket(std::move(start), t);
    while (!done_ && tries_ < most_ && std::fabs(high_.t - low_.t) >= least_move_) narrow();
    return low_;
  }
  std::int64_t evaluations() const { return evaluations_; }

 private:
  static constexpr double kC1 = 1e-4, kC2 = 0.9;

  Place at(double t) {
    Vector x = x_;
    add(x, t, direction_);
    Place place{t, 0, Vector(x.size()), 0};
    place.value = objective_(x, place.gradient);
    place.slope = dot(place.gradient, direction_);
    ++evaluations_;
    return place;
  }
  bool too_high(const Place& p) const { return p.value > start_.value + kC1 * p.t * start_.slope; }
  bool flat(const Place& p) const { return std::fabs(p.slope) <= -kC2 * start_.slope; }
  void between(Place a, Place b) {
    low_ = std::move(a), high_ = std::move(b);
    if (low_.value > high_.value) std::swap(low_, high_);
  }

  // Outwards, until a good length is known to lie between two places.
  void bracket(Place start, double t) {
    start_ = std::move(start);
    Place before = start_, now = at(t);
    for (; tries_ < most_; ++tries_) {
      if (too_high(now) || (tries_ > 1 && now.value >= before.value) ||
          (!flat(now) && now.slope >= 0))
        return between(std::move(before), std::move(now));
      if (flat(now)) {
        low_ = std::move(now);
        done_ = true;
        return;
      }
      const double least = now.t + 0.01 * (now.t - before.t), most = 10 * now.t;
      const double next = cubic_minimum(before, now, least, most);
      before = std::move(now);
      now = at(next);
    }
    between(start_, std::move(now));
  }

  // One more place between the two, away from their ends where no progress is made.
  void narrow() {
    const double least = std::min(low_.t, high_.t), most = std::max(low_.t, high_.t);
    double t = cubic_minimum(low_, high_, least, most);
    const double margin = 0.1 * (most - least);
    if (std::min(most - t, t - least) >= margin) {
      stuck_ = false;
    } else if (stuck_ || t >= most || t <= least) {
      t = std::fabs(t - most) < std::fabs(t - least) ? most - margin : least + margin;
      stuck_ = false;
    } else {
      stuck_ = true;
    }
    Place now = at(t);
    ++tries_;
    if (too_high(now) || now.value >= low_.value) return between(std::move(low_), std::move(now));
    if (flat(now))
      done_ = true;
    else if (now.slope * (high_.t - low_.t) >= 0)
      high_ = std::move(low_);
    low_ = std::move(now);
  }

  const Vector &x_, &direction_;
  const Objective& objective_;
  const double least_move_;
  const std::int64_t most_;
  Place start_, low_, high_;
  std::int64_t evaluations_ = 0;
  std::int64_t tries_ = 0;
  bool done_ = false, stuck_ = false;
};

// The gradient times the inverse of the curvature that the pairs tell of, downhill.
Vector two_loops(const LbfgsState& state, const Vector& gradient) {
  Vector d = gradient;
  for (double& v : d) v = -v;
  std::vector<double> shares(state.pairs.size());
  const auto inverse = [](const LbfgsState::Pair& p) { return 1 / dot(p.turned, p.moved); };
  for (std::size_t i = state.pairs.size(); i-- > 0;) {
    const auto& pair = state.pairs[i];
    shares[i] = dot(pair.moved, d) * inverse(pair);
    add(d, -shares[i], pair.turned);
  }
  for (double& v : d) v *= state.scale;
  for (std::size_t i = 0; i < state.pairs.size(); ++i) {
    const auto& pair = state.pairs[i];
    add(d, shares[i] - dot(pair.turned, d) * inverse(pair), pair.moved);
  }
  return d;
}

void remember(LbfgsState& state, const Vector& gradient, std::int64_t most) {
  LbfgsState::Pair pair{state.direction, gradient};
  for (double& v : pair.moved) v *= state.length;
  add(pair.turned, -1, state.gradient);
  const double curvature = dot(pair.turned, pair.moved);
  if (!(curvature > 1e-10)) return;  // the inverse would not point downhill
  state.scale = curvature / dot(pair.turned, pair.turned);
  if (static_cast<std::int64_t>(state.pairs.size()) == most) state.pairs.pop_front();
  state.pairs.push_back(std::move(pair));
}

}  // namespace

double lbfgs_step(const LbfgsOptions& o, double rate, LbfgsState& state, Vector& x,
                  const Objective& objective) {
  const std::int64_t most = o.max_evaluations > 0 ? o.max_evaluations : o.max_iterations * 5 / 4;
  Vector gradient(x.size());
  const double began = objective(x, gradient);
  double value = began;
  std::int64_t evaluations = 1;
  bool flat = largest(gradient) <= o.tolerance_gradient;
  for (std::int64_t i = 1; !flat; ++i) {
    if (++state.iterations > 1) remember(state, gradient, o.history);
    state.direction = two_loops(state, gradient);
    state.gradient = gradient;
    const double before = value;
    double sum = 0;
    for (const double v : gradient) sum += std::fabs(v);
    state.length = state.iterations == 1 ? std::min(1.0, 1 / sum) * rate : rate;
    const double slope = dot(gradient, state.direction);
    if (slope > -o.tolerance_change) break;
    if (o.strong_wolfe) {
      LineSearch search(x, state.direction, objective, o.tolerance_change, most - evaluations);
      Place found = search.run({0, value, gradient, slope}, state.length);
      evaluations += search.evaluations();
      state.length = found.t;
      value = found.value;
      gradient = std::move(found.gradient);
      add(x, state.length, state.direction);
      flat = largest(gradient) <= o.tolerance_gradient;
    } else {
      add(x, state.length, state.direction);
      if (i < o.max_iterations) {
        value = objective(x, gradient);
        ++evaluations;
        flat = largest(gradient) <= o.tolerance_gradient;
      }
    }
    if (i == o.max_iterations || evaluations >= most ||
        state.length * largest(state.direction) <= o.tolerance_change ||
        std::fabs(value - before) < o.tolerance_change)
      break;
  }
  return began;
}

}  // namespace glia::optim
