#include "glia/train/running.h"

#include <algorithm>

namespace glia::train {
namespace {

using Target = nn::Loss::Target;

double mean(const Running::Sums& sums) { return sums.loss / std::max(sums.weight, 1e-300); }

std::int64_t largest(const float* answer, const Answers& a) {
  std::int64_t best = 0;
  for (std::int64_t j = 1; j < a.width; ++j)
    if (answer[j * a.stride] > answer[best * a.stride]) best = j;
  return best;
}

// The share of an answer's numbers that are on the same side as the target's.
double share_right(const float* p, const float* t, const Answers& a, double threshold) {
  double hits = 0;
  for (std::int64_t j = 0; j < a.width; ++j)
    hits += (p[j * a.stride] > threshold) == (t[j * a.stride] > 0.5f);
  return hits / static_cast<double>(a.width);
}

}  // namespace

Running::Running(const Objective& objective, const Graph& graph) {
  named_ = !objective.outputs.front().name.empty();
  const auto port = [&](const Output& output, std::string_view word) {
    auto name = output.port(word);
    return has_output(graph, name) ? name : std::string();
  };
  for (const Output& output : objective.outputs)
    parts_.push_back({output, output.port("loss"), output.port("prediction"),
                      port(output, "loss_weight"), port(output, "mask"),
                      Answers(output.loss, graph.find_output(output.port("prediction")).shape())});
  reset();
}

void Running::reset() { sums_.assign(named_ ? parts_.size() + 1 : 1, {}); }
void Running::reset(std::vector<Sums> sums) {
  sums.resize(sums_.size());
  sums_ = std::move(sums);
}

void Running::add(const Session& session, const data::Batch& batch) {
  const auto add_mean = [](Sums& sums, double value, double weight) {
    sums.loss += weight * value;
    sums.weight += weight;
  };
  double rest = session.output_scalar("loss");
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    Sums& sums = sums_[named_ ? i + 1 : 0];
    const double loss = session.output_scalar(part.loss);
    rest -= part.output.weight * loss;
    add_mean(sums, loss, weight_of(batch, session, part.weight));
    if (part.output.loss.of_classes())
      count_correct(part, session, i == 0 ? batch.targets : batch.more_targets[i - 1], batch, sums);
  }
  if (named_) add_mean(sums_[0], rest, static_cast<double>(batch.count));
}

NamedValues Running::values() const {
  double total = mean(sums_[0]);
  if (named_)
    for (std::size_t i = 0; i < parts_.size(); ++i)
      total += parts_[i].output.weight * mean(sums_[i + 1]);
  NamedValues v{{"loss", total}};
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Output& output = parts_[i].output;
    const Sums& sums = sums_[named_ ? i + 1 : 0];
    if (named_) v.emplace_back(output.value("loss"), mean(sums));
    if (output.loss.of_classes())
      v.emplace_back(output.value("accuracy"), sums.correct / std::max(sums.rows, 1.0));
  }
  return v;
}

void Running::count_correct(const Part& part, const Session& session, const Tensor& targets,
                            const data::Batch& batch, Sums& sums) {
  const Answers& a = part.answers;
  const nn::Loss& loss = part.output.loss;
  const Tensor mask = part.mask.empty() ? Tensor() : session.output_tensor(part.mask);
  const Counted counted(a, loss, targets, mask, batch.weights);
  const auto* predictions = static_cast<const float*>(session.output(part.prediction));
  const auto right = [&](std::int64_t i) -> double {
    const float* const p = predictions + a.begin(i);
    if (loss.target == Target::indices)
      return largest(p, a) == targets.data<std::int64_t>()[static_cast<std::size_t>(i)];
    const float* const t = targets.data<float>().data() + a.begin(i);
    if (loss.target == Target::one_hot) return largest(p, a) == largest(t, a);
    return share_right(p, t, a, part.output.threshold.value_or(0.5));
  };
  for (std::int64_t i = 0; i < batch.count * a.per_row; ++i) {
    if (!counted(i)) continue;
    ++sums.rows;
    sums.correct += right(i);
  }
}

}  // namespace glia::train
