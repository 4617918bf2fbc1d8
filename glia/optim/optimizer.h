// Optimizers: from gradients to updates, as ops of the same graph.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/ir/graph.h"
#include "glia/optim/lbfgs.h"

namespace glia::optim {

// What is updated together: parameters that share rate and decay.
struct Update {
  Values parameters, gradients;
  Value learning_rate;  // scalar, of the parameters' dtype
  Value step;           // scalar i64: updates before this one
  double weight_decay = 0;
};

struct Optimizer {
  std::string name;
  double learning_rate = 1e-3;
  double weight_decay = 0;
  // Whether weight_decay also holds for parameters of fewer than two dimensions: biases, and scale
  // and shift of normalisations. Whoever builds an Update sees to it (train/graphs.h).
  bool decay_all = false;
  // Adds the optimizer's own state to the graph, variables "<parameter>.<slot>" under PyTorch's
  // names, with their updates; gives the new values of the parameters, which the caller writes.
  std::function<Values(Graph& graph, const Update& update)> update;
  // Set: not an update of gradients, but a procedure that asks for them (lbfgs.h); `update` is
  // empty.
  std::optional<LbfgsOptions> lbfgs = {};
};

// Defaults and formulas are PyTorch's unless said otherwise. weight_decay adds weight_decay * p to
// the gradient, where it is decoupled it scales p by 1 - learning_rate * weight_decay. Options that
// cannot be are E-OPTION-01.

// v = momentum * v + (1 - dampening) * g, from v = g; p -= learning_rate * v.
struct SgdOptions {
  double learning_rate = 1e-3;
  double momentum = 0;
  double dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer sgd(SgdOptions options = {});

// arXiv 1412.6980; amsgrad: arXiv 1904.09237.
struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool decay_all = false;
};
Optimizer adam(AdamOptions options = {});
// Adam with decoupled decay, arXiv 1711.05101.
Optimizer adamw(AdamOptions options = {.weight_decay = 1e-2});

// jmlr.org/papers/v12/duchi11a. p -= rate / (1 + step * learning_rate_decay) * g / sqrt(sum g^2).
struct AdagradOptions {
  double learning_rate = 1e-2;
  double learning_rate_decay = 0;
  double initial_accumulator_value = 0;
  double epsilon = 1e-10;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer adagrad(AdagradOptions options = {});

// arXiv 1212.5701.
struct AdadeltaOptions {
  double learning_rate = 1;
  double rho = 0.9;
  double epsilon = 1e-6;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer adadelta(AdadeltaOptions options = {});

// Hinton's lecture; centered: arXiv 1308.0850.
struct RmspropOptions {
  double learning_rate = 1e-2;
  double alpha = 0.99;
  double momentum = 0;
  bool centered = false;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer rmsprop(RmspropOptions options = {});

// Adam with the largest gradient in place of the second moment, arXiv 1412.6980 section 7.
struct AdamaxOptions {
  double learning_rate = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer adamax(AdamaxOptions options = {});

// Adam with Nesterov's momentum, openreview OM0jvwB8jIp57ZJjtNEZ.
struct NadamOptions {
  double learning_rate = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double momentum_decay = 4e-3;
  double weight_decay = 0;
  bool decoupled = false;
  bool decay_all = false;
};
Optimizer nadam(NadamOptions options = {});

// Adam with a rectified variance, arXiv 1908.03265.
struct RadamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;
  bool decay_all = false;
};
Optimizer radam(RadamOptions options = {});

// The sign of an interpolated gradient, arXiv 2302.06675, whose defaults these are; decoupled
// decay.
struct LionOptions {
  double learning_rate = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer lion(LionOptions options = {});

// Adam's direction, decay added, as long as the parameter itself: arXiv 1904.00962 with the
// identity for its phi; where either length is 0 the direction stays as it is.
struct LambOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-6;
  double weight_decay = 0;
  bool decay_all = false;
};
Optimizer lamb(LambOptions options = {});

Optimizer lbfgs(LbfgsOptions options = {});

}  // namespace glia::optim
