// Layers of a transformer: Vaswani et al., arXiv 1706.03762. Parameters' names as in PyTorch.
#pragma once

#include "glia/nn/activations.h"

namespace glia::nn {

struct TransformerOptions {
  std::int64_t num_heads = 0;
  std::int64_t dim_feedforward = 2048;
  Activation activation = relu;
  double dropout = 0.1;
  double epsilon = 1e-5;    // of the layer normalisations
  bool norm_first = false;  // normalise before attention and feed-forward: arXiv 2002.04745
  bool bias = true;
  bool causal = false;  // step t looks at steps 0 to t
  bool rotary = false;  // the attention of the sequence to itself turns by positions (positions.h)
};

// x: [N, T, F] -> [N, T, F]. self_attn, linear1, linear2, norm1, norm2.
Module transformer_encoder_layer(TransformerOptions options);
// Inputs: target [N, T, F], memory [N, S, G] -> [N, T, F]. Beside that of the encoder
// multihead_attn, from the target to the memory, and norm3.
Module transformer_decoder_layer(TransformerOptions options);

// The same num_layers times, as layers.0, layers.1, ..., and a last normalisation `norm` where it
// is asked for, as norm_first needs one.
struct TransformerStackOptions {
  TransformerOptions layer;
  std::int64_t num_layers = 0;
  bool final_norm = false;
};
Module transformer_encoder(TransformerStackOptions options);
Module transformer_decoder(TransformerStackOptions options);

}  // namespace glia::nn
