#include "glia/train/answers.h"

#include <algorithm>

namespace glia::train {
namespace {

using Target = nn::Loss::Target;

std::int64_t elements_of_row(const Tensor& t) { return t.size() / t.shape()[0].value(); }

// Answers to an element of `t`; 0 where it does not divide them.
std::int64_t share(const Answers& answers, const Tensor& t) {
  const std::int64_t each = elements_of_row(t);
  return answers.per_row % each == 0 ? answers.per_row / each : 0;
}

}  // namespace

Answers::Answers(const nn::Loss& loss, const Shape& prediction) {
  const int rank = prediction.rank();
  const bool alone = loss.target == Target::probabilities || loss.target == Target::signs;
  const int axis = normal_axis(loss.axis_of_classes(rank), std::max(rank, 1));
  for (int i = 1; i < rank; ++i) {
    const std::int64_t size = prediction[i].value();
    if (i == axis && (rank == 2 || !alone)) {
      width = size;
      continue;
    }
    per_row *= size;
    if (i > axis && !alone) stride *= size;
  }
}

Counted::Counted(const Answers& answers, const nn::Loss& loss, const Tensor& targets,
                 const Tensor& mask, const Tensor& weights) {
  if (mask.size() > 0 && (per_mask_ = share(answers, mask)) > 0) mask_ = mask.data<bool>().data();
  if (weights.size() > 0 && weights.shape().rank() > 1 &&
      (per_weight_ = share(answers, weights)) > 0)
    weights_ = weights.data<float>().data();
  if (loss.target == Target::indices && loss.ignored_index) {
    labels_ = targets.data<std::int64_t>().data();
    ignored_ = *loss.ignored_index;
  }
}

bool Counted::operator()(std::int64_t answer) const {
  return (!mask_ || mask_[answer / per_mask_]) &&
         (!weights_ || weights_[answer / per_weight_] != 0) &&
         (!labels_ || labels_[answer] != ignored_);
}

Tensor one_by_one(const Tensor& values) { return values.reshaped({values.size()}); }

bool has_output(const Graph& graph, std::string_view name) {
  return std::any_of(graph.outputs().begin(), graph.outputs().end(),
                     [&](const auto& output) { return output.first == name; });
}

double weight_of(const data::Batch& batch) {
  const auto weights = batch.weights.data<float>();
  const auto each = weights.size() / static_cast<std::size_t>(batch.weights.shape()[0].value());
  double sum = 0;
  for (const float w : weights.first(static_cast<std::size_t>(batch.count) * each)) sum += w;
  return sum;
}

double weight_of(const data::Batch& batch, const Session& session, const std::string& port) {
  return port.empty() ? weight_of(batch) : session.output_scalar(port);
}

}  // namespace glia::train
