// The graphs of a training: each stands alone over one store of parameters, and the common case
// joins gradient and update into one.
#pragma once

#include "glia/nn/losses.h"
#include "glia/nn/module.h"
#include "glia/optim/optimizer.h"

namespace glia::train {

// What a batch looks like; the first dimension of each is the symbol "batch".
struct BatchTypes {
  Type features, target;
  bool weighted = false;  // an input "weights", f32 [batch]
};
// From the shape of one row. target: [] means class indices, i64 [batch]; otherwise f32 [batch,
// ...].
BatchTypes batch_types(const Shape& feature_row, const Shape& target_row, bool weighted);

// Inputs "features", "target" and "weights"; outputs "loss" and "prediction", which is
// probabilities also where the loss takes logits. Traced for training or for evaluation.
Graph loss_graph(const nn::Module& model, const nn::Loss& loss, const BatchTypes& types,
                 bool training, std::uint64_t seed);

// The same for training, with an output "gradient:<parameter>" for each trainable parameter; the
// gate is whether the loss and all gradients are finite.
Graph gradient_graph(const nn::Module& model, const nn::Loss& loss, const BatchTypes& types,
                     std::uint64_t seed);

// Inputs "gradient:<parameter>" for each trainable parameter of `gradients`, and "learning_rate",
// scalar f32; updates parameters, the optimizer's slots and the step counter.
Graph update_graph(const Graph& gradients, const optim::Optimizer& optimizer);

// Both as one graph: outputs "loss" and "prediction".
Graph step_graph(const Graph& gradients, const Graph& update);

// Input "features", output "prediction".
Graph inference_graph(const nn::Module& model, const nn::Loss& loss, const Type& features);

}  // namespace glia::train
