#include "glia/train/findings.h"

#include <algorithm>
#include <cmath>

namespace glia::train {
namespace {

doctor::Subject subject_of(const nn::Module& model, const Objective& objective,
                           const BatchTypes& types) {
  doctor::Subject subject{model, objective.outputs[0].loss, types.features,
                          types.target.dtype == DType::i64};
  for (const auto& [name, type] : types.more_features) subject.more_features.push_back(type);
  for (std::size_t i = 1; i < objective.outputs.size(); ++i)
    subject.more_losses.push_back(objective.outputs[i].loss);
  return subject;
}

// None where the targets are no numbers to come near to; one that is not finite is an error of its
// own (E-TRAIN-06).
std::optional<doctor::Numbers> numbers_of(const Tensor& targets, const Output& output) {
  if (!output.loss.of_numbers() || targets.dtype() != DType::f32 || targets.size() == 0)
    return std::nullopt;
  const auto values = targets.data<float>();
  if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); }))
    return std::nullopt;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return doctor::Numbers{*least, *most, output.target.mean, output.target.std};
}

}  // namespace

std::vector<doctor::Finding> findings(const nn::Module& model, const FitOptions& options,
                                      const data::Source& rows) {
  const Objective all = objective(options);
  auto subject = subject_of(model, all, batch_types(rows));
  const auto targets = std::min(all.outputs.size(), rows.outputs().size());
  for (std::size_t i = 0; i < targets; ++i)
    if (const auto values = rows.all_targets(i))
      subject.numbers.push_back(numbers_of(*values, all.outputs[i]));
    else
      subject.numbers.emplace_back();
  subject.schedule = options.schedule;
  subject.epochs = options.epochs;
  return doctor::preflight(subject);
}

std::vector<doctor::Finding> findings(const nn::Module& model, const Objective& objective,
                                      const BatchTypes& types) {
  return doctor::preflight(subject_of(model, objective, types));
}

}  // namespace glia::train
