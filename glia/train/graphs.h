// The graphs of a training: each stands alone over one store of parameters, and the common case
// joins gradient and update into one.
#pragma once

#include "glia/data/dataset.h"
#include "glia/nn/module.h"
#include "glia/optim/optimizer.h"
#include "glia/train/objective.h"

namespace glia::train {

// What a batch looks like; the first dimension of each is the symbol "batch".
struct BatchTypes {
  Type features, target;
  bool weighted = false;  // an input "weights", f32 [batch]
  // Of a model of several inputs or outputs, those after the first: "features:<name>" and
  // "target:<name>".
  using Ports = std::vector<std::pair<std::string, Type>>;
  Ports more_features = {}, more_targets = {};
};
// From the shape of one row. target: [] means class indices, i64 [batch]; otherwise f32 [batch,
// ...].
BatchTypes batch_types(const Shape& feature_row, const Shape& target_row, bool weighted);
BatchTypes batch_types(const data::Dataset& dataset);

// Inputs "features", "target" and "weights"; outputs "loss" and "prediction", which is
// probabilities also where the loss takes logits. Traced for training or for evaluation. Of several
// outputs there are "loss", the sum, and "loss:<name>" and "prediction:<name>" of each. E-TRAIN-07
// where model, objective and targets do not have the same number of outputs.
Graph loss_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                 bool training, std::uint64_t seed);

// The same for training, with an output "gradient:<parameter>" for each trainable parameter; the
// gate is whether the loss and all gradients are finite.
Graph gradient_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     std::uint64_t seed);

// Inputs "gradient:<parameter>" for each trainable parameter of `gradients`, and "learning_rate",
// scalar f32; updates parameters, the optimizer's slots and the step counter.
Graph update_graph(const Graph& gradients, const optim::Optimizer& optimizer);

// Both as one graph: the outputs of loss_graph().
Graph step_graph(const Graph& gradients, const Graph& update);

// Input "features", output "prediction"; or those of several, named as in loss_graph().
Graph inference_graph(const nn::Module& model, const Objective& objective, const Type& features);
Graph inference_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types);

}  // namespace glia::train
