// Attention: Vaswani et al., arXiv 1706.03762.
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

// What of the keys a query may look at: all where everything is empty. A query that may look at
// none gives zeros, and has no gradient.
struct AttentionMask {
  Value keys = {};      // bool [N, Tk], false for padding
  Value pairs = {};     // bool [Tq, Tk] or [N, Tq, Tk], true where the query may look
  bool causal = false;  // query i looks at keys 0 to i
};

// softmax(scale q k') v for each item and head. q: [N, h, Tq, d], k: [N, h, Tk, d], v: [N, h, Tk,
// e] -> [N, h, Tq, e]. Scale 0 stands for 1 / sqrt(d). In training `dropout` zeroes weights. All
// attention goes through here.
Value scaled_dot_product_attention(Value q, Value k, Value v, const AttentionMask& mask = {},
                                   double scale = 0, double dropout = 0);

// Inputs: [query], [query, value], [query, key, value], and as a fourth which pairs may meet
// (AttentionMask::pairs). Missing keys are the values, missing values the query. query: [N, Tq, d],
// key: [N, Tk, d], value: [N, Tk, e] -> [N, Tq, e]. Keys that the mask of key or value says are
// padding are left out; the result has the query's mask.
struct AttentionOptions {
  bool causal = false;
  double dropout = 0;
  double scale = 0;  // 0: 1 / sqrt(d)
};
Module attention(AttentionOptions options = {});

// The same with num_heads learned projections of E / num_heads features each, for a query of E
// features: in_proj_weight [3E, E] and in_proj_bias [3E], out_proj.weight [E, E] and out_proj.bias;
// q_proj_weight, k_proj_weight, v_proj_weight where keys or values have other numbers of features.
struct MultiHeadAttentionOptions {
  std::int64_t num_heads = 0;
  std::int64_t key_dim = 0;  // of each head; num_heads * key_dim is E. 0: E / num_heads
  bool causal = false;
  double dropout = 0;
  bool bias = true;
  bool rotary = false;  // turns queries and keys by their positions (positions.h)
  double rotary_wavelength = 10000;
};
Module multi_head_attention(MultiHeadAttentionOptions options);

}  // namespace glia::nn
