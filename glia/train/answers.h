// Internal: what a prediction answers, one for each row, step of a sequence, or pixel, and which of
// these answers count.
#pragma once

#include <utility>

#include "glia/data/source.h"
#include "glia/exec/session.h"
#include "glia/train/objective.h"

namespace glia::train {

// The answers of one row of predictions [N, ...]: `width` numbers each, `stride` apart. Of classes,
// the numbers along their axis; of yes and no in sequences and images, every number by itself.
struct Answers {
  std::int64_t per_row = 1, width = 1, stride = 1;

  Answers(const nn::Loss& loss, const Shape& prediction);
  // Where an answer's first number stands, answers counted from the first row's first.
  std::int64_t begin(std::int64_t answer) const {
    return answer / stride * stride * width + answer % stride;
  }
};

// Leaves out what a mask (boolean [N, ...]) calls padding, places whose weight (f32 [N, ...]) is 0,
// and labels that the loss ignores. Empty tensors leave nothing out, nor do weights of whole rows:
// those are about the loss. The tensors must outlive this.
class Counted {
 public:
  Counted(const Answers& answers, const nn::Loss& loss, const Tensor& targets, const Tensor& mask,
          const Tensor& weights);
  bool operator()(std::int64_t answer) const;
  bool all() const { return !mask_ && !weights_ && !labels_; }

 private:
  const bool* mask_ = nullptr;
  const float* weights_ = nullptr;
  const std::int64_t* labels_ = nullptr;
  std::int64_t ignored_ = 0, per_mask_ = 1, per_weight_ = 1;  // answers to an element
};

// Predictions [answers, width], or [N, width] as they are, and their targets, without the answers
// that do not count.
std::pair<Tensor, Tensor> answers_of(const Tensor& predictions, const Tensor& targets,
                                     const nn::Loss& loss, const Tensor& mask,
                                     const Tensor& weights);

// The numbers of a regression, [N], where a row has several: each counts alone.
Tensor one_by_one(const Tensor& values);

// The graph has an output of this name.
bool has_output(const Graph& graph, std::string_view name);

// With which weight a batch counts in the mean of a loss: what the session says in its output
// `port`, or where that is "" the batch's rows, or their weights.
double weight_of(const data::Batch& batch);
double weight_of(const data::Batch& batch, const Session& session, const std::string& port);

}  // namespace glia::train
