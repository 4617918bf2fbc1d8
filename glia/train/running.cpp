#include "glia/train/running.h"

#include <algorithm>

namespace glia::train {

void Running::add(double loss, const float* predictions, const data::Batch& batch) {
  double weight = 0;
  for (const float w : batch.weights.data<float>().first(static_cast<std::size_t>(batch.count)))
    weight += w;
  sums_.loss += weight * loss;
  sums_.weight += weight;
  sums_.rows += static_cast<double>(batch.count);
  if (counts_correct()) sums_.correct += correct(predictions, batch);
}

Values Running::values() const {
  Values v{{"loss", sums_.loss / std::max(sums_.weight, 1e-300)}};
  if (counts_correct()) v.emplace_back("accuracy", sums_.correct / std::max(sums_.rows, 1.0));
  return v;
}

double Running::correct(const float* p, const data::Batch& batch) const {
  using Target = nn::Loss::Target;
  double correct = 0;
  for (std::int64_t i = 0; i < batch.count; ++i, p += outputs_) {
    if (target_ == Target::indices) {
      const auto best = std::max_element(p, p + outputs_) - p;
      correct += best == batch.targets.data<std::int64_t>()[static_cast<std::size_t>(i)];
      continue;
    }
    const float* t = batch.targets.data<float>().data() + i * outputs_;
    if (target_ == Target::one_hot) {
      correct += std::max_element(p, p + outputs_) - p == std::max_element(t, t + outputs_) - t;
      continue;
    }
    double hits = 0;
    for (std::int64_t j = 0; j < outputs_; ++j) hits += (p[j] > threshold_) == (t[j] > 0.5f);
    correct += hits / static_cast<double>(outputs_);
  }
  return correct;
}

}  // namespace glia::train
