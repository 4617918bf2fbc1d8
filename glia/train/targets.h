// Internal: targets looked at before the first step.
#pragma once

#include <memory>

#include "glia/data/source.h"
#include "glia/train/objective.h"

namespace glia::train {

// targets: [N, ...], f32, or i64 numbers of classes. E-TRAIN-06 names the first row whose target
// the loss cannot mean: a class number outside [0, outputs), a probability outside [0, 1], a row
// that is not one-hot or whose probabilities do not sum to 1, a number that is not finite, a
// sequence that goes on after its end, and so on. `word`: "training" or "validation", for the
// message.
void check_targets(const Tensor& targets, const Output& output, std::int64_t outputs,
                   std::string_view word);

// The weight of the class of each row, or place, f32 [N, ...]. targets: i64 [N, ...], or f32 with
// an axis of classes, one-hot or of one number, 0 or 1. E-TRAIN-02 where a class has no weight.
Tensor class_weights(const Tensor& targets, const nn::Loss& loss,
                     const std::vector<double>& weights);

// A source whose rows weigh what their classes do. E-TRAIN-02 where it has weights of its own, or a
// class has none.
std::shared_ptr<const data::Source> weighted_by_class(std::shared_ptr<const data::Source> source,
                                                      const nn::Loss& loss,
                                                      const std::vector<double>& weights);

}  // namespace glia::train
