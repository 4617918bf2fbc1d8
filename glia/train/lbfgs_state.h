// Internal: L-BFGS over a store: its parameters as one vector, its state as slots.
#pragma once

#include <functional>

#include "glia/exec/store.h"
#include "glia/optim/lbfgs.h"

namespace glia::train {

// Slots "lbfgs.*" for the state, f64, and the step counter. They lie in checkpoints with the rest.
Graph lbfgs_graph(const Graph& gradients, const optim::LbfgsOptions& options);

// One step: moves the learned parameters of the store. `evaluate` gives the loss of what the store
// holds and writes the gradients, one after the other; where it says that they are not finite
// (false), the store's parameters and state are as they were, and so is the answer.
using Evaluate = std::function<bool(double& loss, optim::Vector& gradient)>;
bool lbfgs_step(const optim::LbfgsOptions& options, double learning_rate,
                const std::vector<std::string>& parameters, Store& store, const Evaluate& evaluate);

}  // namespace glia::train
