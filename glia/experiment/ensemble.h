// Several models that answer as one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "glia/exec/store.h"
#include "glia/nn/losses.h"
#include "glia/tensor/tensor.h"

namespace glia::experiment {

// How members come to differ. seeds: initial weights and the order of rows. bagging: rows, drawn
// with replacement (Breiman, Machine Learning 24, 1996). folds: each is trained without another
// part of the rows, which then are its validation rows. snapshots: one training whose learning rate
// falls again and again, and the weights where it is lowest (arXiv 1704.00109).
enum class MemberKind : std::uint8_t { seeds, bagging, folds, snapshots };
// How their answers become one. mean: of probabilities or values. weighted: a mean with weights
// that make the loss of the validation rows least. stacking: a logistic or linear model of the
// members' answers, fitted on the validation rows with a ridge (Wolpert, Neural Networks 5, 1992).
enum class Combine : std::uint8_t { mean, weighted, stacking };
std::string_view name_of(MemberKind kind);
std::string_view name_of(Combine combine);

struct EnsemblePlan {
  std::int64_t members = 5;
  MemberKind kind = MemberKind::seeds;
  Combine combine = Combine::mean;
  double ridge = 1;  // of stacking: ridge / 2 * sum of squared weights beside the sum of losses
};

// What of one output's answers is combined, by `loss`: the log-odds of a yes, the logarithms of
// probabilities, or values.
struct Combiner {
  Combine how = Combine::mean;
  std::vector<double> weights;  // of each member; of the mean none
  std::vector<double> bias;     // stacking: of each number of an answer

  // members: f32 [N, ...] each, probabilities or values, of one shape. Sums run over members in
  // their order, in double, and are rounded once.
  Tensor operator()(const nn::Loss& loss, std::span<const Tensor> members) const;
};

// answers: of each member, f32 [N, width], and targets as the loss takes them (train::answers_of).
// weighted: at least 0, with sum 1; of classes they minimise the mean log loss, of numbers the mean
// squared error: both convex, so the result does not depend on where the search began. E-EXP-23 a
// loss that has neither.
Combiner fitted_weights(const nn::Loss& loss, std::span<const Tensor> answers,
                        const Tensor& targets);
// stacking: sum of log losses, or half of the squared errors, + ridge / 2 * |weights|^2; the bias
// is free. Of more than two classes each member has one weight, for the logarithms of all its
// probabilities. E-EXP-23.
Combiner stacked(const nn::Loss& loss, std::span<const Tensor> answers, const Tensor& targets,
                 double ridge);

// The models of a bundle that is an ensemble, and how they answer.
struct Ensemble {
  EnsemblePlan plan;
  std::vector<std::unique_ptr<Store>> members;
  std::vector<Combiner> combiners;  // of each output
};

}  // namespace glia::experiment
