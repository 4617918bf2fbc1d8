#include "glia/train/running.h"

#include <algorithm>

namespace glia::train {
namespace {

using Target = nn::Loss::Target;

void add_loss(Running::Sums& sums, double loss, double weight, const data::Batch& batch) {
  sums.loss += weight * loss;
  sums.weight += weight;
  sums.rows += static_cast<double>(batch.count);
}

}  // namespace

Running::Running(const Objective& objective, const Graph& graph) {
  named_ = !objective.outputs.front().name.empty();
  for (const Output& output : objective.outputs) {
    const Shape& prediction = graph.find_output(output.port("prediction")).shape();
    const int rank = prediction.rank();
    parts_.push_back({output.port("loss"), output.port("prediction"), output.loss.target,
                      output.loss.of_classes(),
                      rank < 2 ? 1 : prediction[output.loss.axis_of_classes(rank)].value(),
                      output.threshold.value_or(0.5), output.value("loss"),
                      output.value("accuracy")});
  }
  reset();
}

void Running::reset() { sums_.assign(named_ ? parts_.size() + 1 : 1, {}); }
void Running::reset(std::vector<Sums> sums) {
  sums.resize(sums_.size());
  sums_ = std::move(sums);
}

void Running::add(const Session& session, const data::Batch& batch) {
  double weight = 0;
  for (const float w : batch.weights.data<float>().first(static_cast<std::size_t>(batch.count)))
    weight += w;
  const auto loss = [&](const std::string& name) {
    return static_cast<double>(*static_cast<const float*>(session.output(name)));
  };
  if (named_) add_loss(sums_[0], loss("loss"), weight, batch);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Sums& sums = sums_[named_ ? i + 1 : 0];
    add_loss(sums, loss(parts_[i].loss), weight, batch);
    if (!parts_[i].of_classes) continue;
    sums.correct +=
        correct(parts_[i], static_cast<const float*>(session.output(parts_[i].prediction)),
                i == 0 ? batch.targets : batch.more_targets[i - 1], batch.count);
  }
}

NamedValues Running::values() const {
  const auto mean = [](const Sums& sums) { return sums.loss / std::max(sums.weight, 1e-300); };
  NamedValues v{{"loss", mean(sums_[0])}};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Sums& sums = sums_[named_ ? i + 1 : 0];
    if (named_) v.emplace_back(parts_[i].loss_value, mean(sums));
    if (parts_[i].of_classes)
      v.emplace_back(parts_[i].accuracy_value, sums.correct / std::max(sums.rows, 1.0));
  }
  return v;
}

double Running::correct(const Part& part, const float* p, const Tensor& targets,
                        std::int64_t count) {
  double correct = 0;
  for (std::int64_t i = 0; i < count; ++i, p += part.width) {
    if (part.target == Target::indices) {
      const auto best = std::max_element(p, p + part.width) - p;
      correct += best == targets.data<std::int64_t>()[static_cast<std::size_t>(i)];
      continue;
    }
    const float* t = targets.data<float>().data() + i * part.width;
    if (part.target == Target::one_hot) {
      correct += std::max_element(p, p + part.width) - p == std::max_element(t, t + part.width) - t;
      continue;
    }
    double hits = 0;
    for (std::int64_t j = 0; j < part.width; ++j) hits += (p[j] > part.threshold) == (t[j] > 0.5f);
    correct += hits / static_cast<double>(part.width);
  }
  return correct;
}

}  // namespace glia::train
