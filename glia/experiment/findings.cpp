#include "glia/experiment/findings.h"

namespace glia::experiment {

std::vector<doctor::Finding> findings(const nn::Module& model, const train::Objective& objective,
                                      const train::BatchTypes& types) {
  doctor::Subject subject{model, objective.outputs[0].loss, types.features,
                          types.target.dtype == DType::i64};
  for (const auto& [name, type] : types.more_features) subject.more_features.push_back(type);
  for (std::size_t i = 1; i < objective.outputs.size(); ++i)
    subject.more_losses.push_back(objective.outputs[i].loss);
  return doctor::preflight(subject);
}

}  // namespace glia::experiment
