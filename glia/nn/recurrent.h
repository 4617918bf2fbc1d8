// Recurrent layers over sequences [N, T, F]: mathematics, names and layouts of parameters as in
// PyTorch.
//
// Inputs: x, or x and the states before the first step: [layers * directions, N, units], one of
// them, two for lstm (state and cell); zeros where they are not given. Within them a layer's
// directions stand side by side, forward first.
//
// Outputs: [N, T, D] with return_sequences, else [N, D], the state after the last step in running
// order; D is units, or twice that with both directions side by side. With return_state further
// outputs in the form of the states that go in.
//
// Masks: a step that is padding leaves the state as it was, and gives zeros; the backward direction
// begins at the last real step. Padding of any length never changes a result.
#pragma once

#include "glia/nn/activations.h"

namespace glia::nn {

struct RecurrentOptions {
  std::int64_t units = 0;
  std::int64_t num_layers = 1;  // one upon the other
  bool bidirectional = false;
  bool return_sequences = false;
  bool return_state = false;
  // The states after a run are those before the next one, in the store under "<layer>.hidden_l0"
  // and so on (a zero there resets them); the batch must have a known size.
  bool stateful = false;
  bool bias = true;
  double dropout = 0;  // between layers
};
// Elman, 1990: h = activation(W_ih x + b_ih + W_hh h + b_hh), tanh or relu.
Module simple_rnn(RecurrentOptions options, const Activation& activation = tanh);
// Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000.
Module lstm(RecurrentOptions options);
// Cho et al., arXiv 1406.1078. reset_after: the reset gate works on the product with the state, as
// in cuDNN and PyTorch; otherwise on the state, as in the paper and Keras's first version.
Module gru(RecurrentOptions options, bool reset_after = true);

}  // namespace glia::nn
