// Own training procedures: graphs with losses of one's own, and steps that update some parameters.
#pragma once

#include <string>

#include "glia/exec/session.h"
#include "glia/optim/optimizer.h"

namespace glia::train {

// The learned parameters under a layer's name ("generator"), in the order in which they were made.
// E-TRAIN-08 with the names there are where there is none.
Values parameters_under(const Graph& graph, std::string_view layer);

struct MinimizeOptions {
  Values parameters = {};  // that are updated; none: all that are learned
  // Each procedure over a store counts its steps under its own name, "<name>.step".
  std::string name = "train";
  Value learning_rate = {};  // scalar f32; none: the optimizer's own, constant
};

// Adds to the graph of `loss`, a floating scalar, what one step is: the gradient, the optimizer's
// updates of the parameters, and a gate, so that a loss, a gradient or a learning rate that is not
// finite changes nothing. Penalties of layers (nn::l2_penalty) are part of the loss only where it
// adds them. E-TRAIN-01 where there is nothing to learn, -02 a learning rate of the optimizer that
// is none, E-IR-09 a parameter that this graph updates already.
void minimize(Value loss, const optim::Optimizer& optimizer, const MinimizeOptions& options = {});

// A session of a graph over a store, which gets initial values for what it lacks. Symbols of the
// graph ("batch") take their values from `options.bindings`.
Session open_session(const Graph& graph, Store& store, const CompileOptions& options = {},
                     std::uint64_t seed = 1);

}  // namespace glia::train
