// Recurrent sequences: one direction of one layer over all steps, as one op, so that a kernel can
// keep the loop. What the inputs give to each step is computed before, as one large product.
//
// x: [N, T, G*H], G gates for each of H units, biases included. weight: [G*H, H], from the state
// before a step to its gates. h0, c0: [N, H], the state before the first step. mask: bool [N, T],
// false where a step is padding, or empty: such a step leaves the state as it was. With `reverse`
// the last step comes first. `states`: [N, T, H], the state after each step.
#pragma once

#include "glia/ops/ops.h"

namespace glia {

struct SequenceOptions {
  Value mask = {};
  bool reverse = false;
};

// G = 1. h' = activation(x + weight h), "tanh" or "relu".
Value rnn_sequence(Value x, Value weight, Value h0, const std::string& activation,
                   const SequenceOptions& options = {});

// G = 4 in the order input, forget, cell, output; of LSTM as PyTorch has it (Hochreiter and
// Schmidhuber, 1997; Gers et al., 2000). gates: [N, T, 4H], their activations, for the gradient.
struct LstmResult {
  Value states, cells, gates;
};
LstmResult lstm_sequence(Value x, Value weight, Value h0, Value c0,
                         const SequenceOptions& options = {});

// G = 3 in the order reset, update, new. With reset_after (cuDNN, PyTorch) the new gate is
// tanh(x + r (weight h + bias)), without it (Cho et al., arXiv 1406.1078) tanh(x + weight (r h) +
// bias). bias: [H]. gates: [N, T, 4H]: r, z, n, and what r or the weight is multiplied with.
struct GruResult {
  Value states, gates;
};
GruResult gru_sequence(Value x, Value weight, Value bias, Value h0, bool reset_after = true,
                       const SequenceOptions& options = {});

extern const OpDef rnn_sequence_def, rnn_sequence_gradient_def, lstm_sequence_def,
    lstm_sequence_gradient_def, gru_sequence_def, gru_sequence_gradient_def;

}  // namespace glia
