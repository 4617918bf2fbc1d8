// L-BFGS: steps along directions that past gradients give, Nocedal and Wright, Numerical
// Optimization, algorithms 7.4, 7.5, 3.5 and 3.6, with the choices of torch.optim.LBFGS.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

namespace glia::optim {

struct LbfgsOptions {
  double learning_rate = 1;
  std::int64_t max_iterations = 20;  // in one step
  std::int64_t max_evaluations = 0;  // 0: 5 / 4 of max_iterations
  double tolerance_gradient = 1e-7;  // of the largest element
  double tolerance_change = 1e-9;    // of the objective, and of the largest move
  std::int64_t history = 100;
  bool strong_wolfe = false;  // line search; otherwise the learning rate is the length
};

using Vector = std::vector<double>;
// The value at x, and the gradient there.
using Objective = std::function<double(const Vector& x, Vector& gradient)>;

// What one step leaves to the next.
struct LbfgsState {
  struct Pair {
    Vector moved, turned;  // changes of x and of the gradient
  };
  std::deque<Pair> pairs;  // oldest first
  Vector direction, gradient;
  double length = 0, scale = 1;
  std::int64_t iterations = 0;
};

// Up to max_iterations moves of x: one call of PyTorch's LBFGS.step. Returns the objective where it
// began. Holds 2 * history + 6 vectors of x's size.
double lbfgs_step(const LbfgsOptions& options, double learning_rate, LbfgsState& state, Vector& x,
                  const Objective& objective);

}  // namespace glia::optim
