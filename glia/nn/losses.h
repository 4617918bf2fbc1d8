// Losses: scalars from predictions and targets.
#pragma once

#include <functional>
#include <string>

#include "glia/ir/graph.h"

namespace glia::nn {

// The mean over the batch; with weights [N], sum(w_i * l_i) / sum(w_i). l_i is the mean over the
// other axes of row i. Shapes must be equal, apart from class indices: E-SHAPE-06, so that [N, 1]
// is never quietly stretched against [N].
struct Loss {
  enum class Target : std::uint8_t { values, probabilities, one_hot, indices };
  std::string name;
  Target target = Target::values;  // what it expects: f32 like the prediction, or i64 [N]
  bool from_logits = false;
  std::function<Value(Value prediction, Value target, Value weights)> apply;

  Value operator()(Value prediction, Value target, Value weights = {}) const {
    return apply(prediction, target, weights);
  }
};

Loss mean_squared_error();
Loss mean_absolute_error();

// From probabilities, or from logits: then fused and stable at any size. Where probabilities are
// the direct result of sigmoid or softmax, the loss is computed from its argument, which is the
// same function without its overflow. Otherwise logarithms are taken of at least 1.2e-38,
// the smallest normal f32; a probability of exactly 0 gets no gradient.
struct CrossentropyOptions {
  bool from_logits = false;
};
// prediction, target: [N, k], each element a yes or no of its own.
Loss binary_crossentropy(CrossentropyOptions options = {});
// prediction, target: [N, K], rows of target summing to 1. Probabilities are scaled to sum to 1.
Loss categorical_crossentropy(CrossentropyOptions options = {});
// prediction: [N, K], target: [N] i64. A label outside 0..K-1 gives NaN.
Loss sparse_categorical_crossentropy(CrossentropyOptions options = {});

Loss loss(std::string_view name, bool from_logits);  // E-NN-01 with the nearest name
std::vector<std::string> loss_names();

// Sum over the graph's parameters of l2 * sum of squares; empty where no parameter asks for it.
Value l2_penalty(Graph& graph);

}  // namespace glia::nn
