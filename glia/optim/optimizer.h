// Optimizers: from gradients to updates, as ops of the same graph.
#pragma once

#include <functional>
#include <string>

#include "glia/ir/graph.h"

namespace glia::optim {

// Adds the update of every parameter to the graph, in place of variables "<parameter>.<slot>" that
// it makes there for its own state. learning_rate: scalar f32; step: scalar i64, updates so far.
struct Optimizer {
  std::string name;
  double learning_rate = 1e-3;
  std::function<void(Graph& graph, const Values& parameters, const Values& gradients,
                     Value learning_rate, Value step)>
      update;
};

// v = momentum * v + g; p -= learning_rate * v, in PyTorch's formulation.
struct SgdOptions {
  double learning_rate = 1e-3;
  double momentum = 0;
  bool nesterov = false;
  double weight_decay = 0;
};
Optimizer sgd(SgdOptions options = {});

// arXiv 1412.6980; defaults are PyTorch's.
struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};
Optimizer adam(AdamOptions options = {});

}  // namespace glia::optim
