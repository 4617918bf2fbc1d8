#include "glia/experiment/ensemble_bundle.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/base/text.h"
#include "glia/serialize/weights.h"
#include "glia/train/answers.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::int64_t kMostMembers = 1000;
constexpr double kMostWeight = 1e6;  // of a stacked member

fs::path weights_file(const fs::path& folder, std::size_t member) {
  return folder / "members" / std::to_string(member + 1) / "weights.safetensors";
}

template <class Kind>
Kind kind_named(const std::string& name, std::initializer_list<Kind> kinds) {
  for (const auto kind : kinds)
    if (name == name_of(kind)) return kind;
  fail("E-BUNDLE-02", "ensemble.json: '{}' is no way that is known here", shown(name));
}

Combiner combiner_from(const json& j, std::int64_t members, const fs::path& file) {
  Combiner combiner;
  combiner.how = kind_named(j.at("combine").get<std::string>(),
                            {Combine::mean, Combine::weighted, Combine::stacking});
  combiner.weights = j.at("weights").get<std::vector<double>>();
  combiner.bias = j.at("bias").get<std::vector<double>>();
  const bool mean = combiner.how == Combine::mean, stack = combiner.how == Combine::stacking;
  if (std::ssize(combiner.weights) != (mean ? 0 : members) || combiner.bias.empty() == stack)
    fail("E-BUNDLE-02", "{}: {} weights and {} biases for {} members ({})", file.string(),
         combiner.weights.size(), combiner.bias.size(), members, name_of(combiner.how));
  double sum = 0;
  bool sound = true;
  for (const double weight : combiner.weights) {
    sound = sound && std::abs(weight) <= kMostWeight && (stack || weight >= 0);
    sum += weight;
  }
  for (const double bias : combiner.bias) sound = sound && std::isfinite(bias);
  if (!sound || (combiner.how == Combine::weighted && std::abs(sum - 1) > 1e-6))
    fail("E-BUNDLE-02", "{}: the members' weights are {}; expected {}", file.string(),
         fmt::join(combiner.weights, ", "),
         stack ? "finite numbers" : "numbers of at least 0 that sum to 1");
  return combiner;
}

// Rows of the members' answers of one output, in their order.
std::vector<Tensor> of_output(const std::vector<train::Evaluation>& members, std::size_t output) {
  std::vector<Tensor> answers;
  for (const auto& member : members) answers.push_back(member.predictions[output]);
  return answers;
}

// What the loss takes for these predictions: logits where they came of logits.
Tensor before_prediction(const nn::Loss& loss, const Tensor& predictions) {
  if (!loss.to_prediction) return predictions;
  const bool log_odds = loss.target == nn::Loss::Target::probabilities;
  Tensor result(DType::f32, predictions.shape());
  for (std::int64_t i = 0; i < predictions.size(); ++i) {
    const double p = std::max(predictions.at(i), 1e-38);
    result.set(i, log_odds ? std::log(p) - std::log(std::max(1 - p, 1e-38)) : std::log(p));
  }
  return result;
}

// The weights of each row's answers: those of the rows, and 0 for padding.
Tensor counted(const Tensor& mask, const Tensor& weights) {
  if (mask.size() == 0) return weights;
  Tensor result(DType::f32, mask.shape());
  const std::int64_t each = weights.size() == 0 ? 0 : mask.size() / weights.size();
  for (std::int64_t i = 0; i < mask.size(); ++i)
    result.set(i, mask.at(i) == 0 ? 0 : each == 0 ? 1 : weights.at(i / each));
  return result;
}

// The loss of all rows as of one batch.
double loss_of(const nn::Loss& loss, const Tensor& predictions, const Tensor& targets,
               const Tensor& weights, int threads) {
  struct Same {
    Value forward(Value x) const { return x; }
    std::string kind() const { return "same"; }
  };
  const data::Dataset rows(before_prediction(loss, predictions), targets, weights);
  Store none;
  return train::Evaluator(nn::sequential({Same{}}), train::Objective(loss),
                          train::batch_types(rows), none, threads)
      .run(rows)
      .loss;
}

}  // namespace

void write_ensemble(const fs::path& folder, const Ensemble& ensemble,
                    const serialize::Metadata& metadata) {
  for (std::size_t m = 0; m < ensemble.members.size(); ++m) {
    const auto file = weights_file(folder, m);
    fs::create_directories(file.parent_path());
    serialize::write_safetensors(file, serialize::weights_of(*ensemble.members[m]), metadata);
  }
  json outputs = json::array();
  for (const auto& combiner : ensemble.combiners)
    outputs.push_back({{"combine", name_of(combiner.how)},
                       {"weights", combiner.weights},
                       {"bias", combiner.bias}});
  const json all{{"kind", name_of(ensemble.plan.kind)},
                 {"members", ensemble.members.size()},
                 {"outputs", outputs}};
  write_atomically(folder / "ensemble.json", all.dump(1) + "\n");
}

Ensemble read_ensemble(const fs::path& folder, const train::Objective& objective,
                       const ReadMember& read) {
  const auto file = folder / "ensemble.json";
  Ensemble ensemble;
  std::int64_t members = 0;
  try {
    const json j = json::parse(read_file(file, 1 << 24), [](int depth, json::parse_event_t, json&) {
      if (depth > 64) fail("E-BUNDLE-02", "ensemble.json is nested too deeply");
      return true;
    });
    using enum MemberKind;
    ensemble.plan.kind =
        kind_named(j.at("kind").get<std::string>(), {seeds, bagging, folds, snapshots});
    members = ensemble.plan.members = j.at("members").get<std::int64_t>();
    for (const auto& one : j.at("outputs"))
      ensemble.combiners.push_back(combiner_from(one, members, file));
  } catch (const json::exception& error) {
    fail("E-BUNDLE-02", "{}: it is damaged: {}; take the file that training wrote, or train again",
         file.string(), json_problem(error));
  }
  if (members < 1 || members > kMostMembers ||
      ensemble.combiners.size() != objective.outputs.size())
    fail("E-BUNDLE-02", "{}: {} members and {} outputs; the model has {}", file.string(), members,
         ensemble.combiners.size(), objective.outputs.size());
  ensemble.plan.combine = ensemble.combiners.front().how;
  for (std::int64_t m = 0; m < members; ++m)
    ensemble.members.push_back(read(weights_file(folder, static_cast<std::size_t>(m))));
  return ensemble;
}

std::vector<Tensor> combined(const Ensemble& ensemble, const train::Objective& objective,
                             const std::function<std::vector<Tensor>(Store&)>& of) {
  std::vector<std::vector<Tensor>> answers(objective.outputs.size());
  for (const auto& member : ensemble.members) {
    auto one = of(*member);
    for (std::size_t i = 0; i < answers.size(); ++i) answers[i].push_back(std::move(one[i]));
  }
  std::vector<Tensor> result;
  for (std::size_t i = 0; i < answers.size(); ++i)
    result.push_back(ensemble.combiners[i](objective.outputs[i].loss, answers[i]));
  return result;
}

void predict_instead(train::Evaluation& of, std::vector<Tensor> predictions,
                     const train::Objective& objective, int threads) {
  of.predictions = std::move(predictions);
  of.loss = 0;
  for (std::size_t i = 0; i < objective.outputs.size(); ++i) {
    const auto& output = objective.outputs[i];
    of.losses[i] = loss_of(output.loss, of.predictions[i], of.targets[i],
                           counted(of.masks[i], of.weights), threads);
    of.loss += (output.name.empty() ? 1 : output.weight) * of.losses[i];
  }
}

train::Evaluation combined_evaluation(const std::vector<Combiner>& combiners,
                                      const train::Objective& objective,
                                      std::vector<train::Evaluation> members, int threads) {
  std::vector<Tensor> predictions;
  for (std::size_t i = 0; i < objective.outputs.size(); ++i)
    predictions.push_back(combiners[i](objective.outputs[i].loss, of_output(members, i)));
  train::Evaluation result = std::move(members.front());
  predict_instead(result, std::move(predictions), objective, threads);
  return result;
}

train::Evaluation combined_evaluation(const Ensemble& ensemble, const train::Objective& objective,
                                      const std::function<train::Evaluation(Store&)>& of,
                                      int threads) {
  std::vector<train::Evaluation> members;
  for (const auto& member : ensemble.members) members.push_back(of(*member));
  return combined_evaluation(ensemble.combiners, objective, std::move(members), threads);
}

}  // namespace glia::experiment
