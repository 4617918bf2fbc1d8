// The graphs of a training: each stands alone over one store of parameters, and the common case
// joins gradient and update into one.
#pragma once

#include "glia/data/source.h"
#include "glia/nn/module.h"
#include "glia/train/groups.h"
#include "glia/train/objective.h"

namespace glia::train {

// What a batch looks like; the first dimension of each is the symbol "batch".
struct BatchTypes {
  Type features, target;
  bool weighted = false;  // an input "weights", f32 [batch, ...]
  // Of a model of several inputs or outputs, those after the first: "features:<name>" and
  // "target:<name>".
  using Ports = std::vector<std::pair<std::string, Type>>;
  Ports more_features = {}, more_targets = {};
  Shape weight_row = {};
};
// From the shape of one row. target: [] means class indices, i64 [batch]; otherwise f32 [batch,
// ...].
BatchTypes batch_types(const Shape& feature_row, const Shape& target_row, bool weighted);
BatchTypes batch_types(const data::Source& source);

// Inputs "features", "target" and "weights"; outputs "loss" and "prediction", which is
// probabilities also where the loss takes logits; "loss_weight" where the loss says what its mean
// counts for (nn::Mean), and "mask" where the prediction carries one. Traced for training or for
// evaluation. Of several outputs there are "loss", the sum, and "loss:<name>" and so on of each.
// E-TRAIN-07 where model, objective and targets do not have the same number of outputs.
Graph loss_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                 bool training, std::uint64_t seed);

// The same for training, with an output "gradient:<parameter>" for each parameter that is learned
// (those that no group freezes, in this epoch, from 1; 0 means after all of them); the gate is
// whether the loss and all gradients are finite, before any clipping, which would hide it.
// E-TRAIN-01: nothing is learned; -09: a pattern of `options` that matches no parameter.
Graph gradient_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types,
                     std::uint64_t seed, const UpdateOptions& options = {}, std::int64_t epoch = 0);
// The parameters that are learned, in their order.
Values learned(const Graph& gradients);

// Inputs "gradient:<parameter>" for each learned parameter of `gradients`, and "learning_rate", a
// scalar of the parameters' dtype; updates parameters, the optimizer's slots and the step counter.
// Gradients are clipped, then the optimizer moves, then constraints hold. Where several batches
// make an update (options.accumulate), the gradients are the means of what accumulate_graph()
// gathered, and the counter is "train.updates". Groups that are learned from a later epoch on count
// their updates by themselves, so that an optimizer corrects their bias as in a training's first
// steps.
Graph update_graph(const Graph& gradients, const optim::Optimizer& optimizer,
                   const UpdateOptions& options = {});

// The part of it that every procedure needs: the optimizer's update of these parameters from these
// gradients, group by group, then the constraints. E-TRAIN-02 for lbfgs, which is no update.
void add_updates(Graph& graph, const optim::Optimizer& optimizer, const Values& parameters,
                 const Values& gradients, Value rate, Value step,
                 const UpdateOptions& options = {});

// Inputs "gradient:<parameter>", "loss_weight" (f32, what the batch counts for; the output of
// `gradients` of that name, where there is one) and "carry" (f32: 0 at the first batch of an
// update, then 1); gathers weight * gradient in slots
// "<parameter>.accumulated", and advances the step counter.
Graph accumulate_graph(const Graph& gradients);

// One line about the parameters that weight_decay leaves out; empty where there is none.
std::string decay_note(const Graph& gradients, const optim::Optimizer& optimizer,
                       const UpdateOptions& options);

// Both as one graph: the outputs of loss_graph().
Graph step_graph(const Graph& gradients, const Graph& update);

// Input "features", output "prediction"; or those of several, named as in loss_graph().
Graph inference_graph(const nn::Module& model, const Objective& objective, const Type& features);
Graph inference_graph(const nn::Module& model, const Objective& objective, const BatchTypes& types);

}  // namespace glia::train
