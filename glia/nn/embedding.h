// Layers that turn class numbers into vectors.
#pragma once

#include <optional>

#include "glia/nn/module.h"

namespace glia::nn {

// indices: i64 [N, T], or any shape -> [N, T, output_dim], rows of weight [input_dim, output_dim].
// An index outside 0 to input_dim - 1 gives NaN.
struct EmbeddingOptions {
  std::int64_t input_dim = 0;  // how many indices there are
  std::int64_t output_dim = 0;
  bool mask_zero = false;                     // index 0 is padding: the layers behind leave it out
  std::optional<std::int64_t> padding_index;  // this index gives zeros, and its row is not learned
  Initializer embeddings_initializer = random_normal({.deviation = 1});
};
Module embedding(EmbeddingOptions options);

}  // namespace glia::nn
