// Layers that tell a model where in a sequence it is. x: [N, T, F] -> [N, T, F].
#pragma once

#include "glia/nn/module.h"

namespace glia::nn {

// Adds sin(t / max_wavelength^(2i / F)) to feature 2i and the cosine of the same to 2i + 1, for
// step t. Vaswani et al., arXiv 1706.03762.
struct SinePositionOptions {
  double max_wavelength = 10000;
};
Module sine_position_encoding(SinePositionOptions options = {});

// Adds row t of weight [sequence_length, F] to step t. Longer sequences: E-SHAPE-10.
struct PositionEmbeddingOptions {
  std::int64_t sequence_length = 0;
};
Module position_embedding(PositionEmbeddingOptions options);

// Turns features i and i + F/2 of step t, as a point in the plane, by t / max_wavelength^(2i / F).
// Products of two turned vectors depend on the distance of their steps. Su et al., arXiv
// 2104.09864, with the halves of GPT-NeoX and Llama. E-SHAPE-03 where F is odd.
struct RotaryEmbeddingOptions {
  double max_wavelength = 10000;
};
Module rotary_embedding(RotaryEmbeddingOptions options = {});

// The same for the last two axes of any value [..., T, F].
Value rotated(Value x, double max_wavelength);

}  // namespace glia::nn
