// Internal: an ensemble's files, and what it answers.
#pragma once

#include <functional>

#include "glia/experiment/run.h"
#include "glia/serialize/safetensors.h"

namespace glia::experiment {

// ensemble.json and members/N/weights.safetensors, from N = 1.
void write_ensemble(const std::filesystem::path& folder, const Ensemble& ensemble,
                    const serialize::Metadata& metadata);
// E-BUNDLE-02 where ensemble.json is damaged. `read`: of one member's file.
using ReadMember = std::function<std::unique_ptr<Store>(const std::filesystem::path&)>;
Ensemble read_ensemble(const std::filesystem::path& folder, const train::Objective& objective,
                       const ReadMember& read);

// The members' answers as one, of each output. `of`: those of one member.
std::vector<Tensor> combined(const Ensemble& ensemble, const train::Objective& objective,
                             const std::function<std::vector<Tensor>(Store&)>& of);
// The same, with the losses of the combined answers.
train::Evaluation combined_evaluation(const Ensemble& ensemble, const train::Objective& objective,
                                      const std::function<train::Evaluation(Store&)>& of,
                                      int threads);
// Other predictions of the same rows, and the losses that they have.
void predict_instead(train::Evaluation& of, std::vector<Tensor> predictions,
                     const train::Objective& objective, int threads);
// With members' evaluations that are there already.
train::Evaluation combined_evaluation(const std::vector<Combiner>& combiners,
                                      const train::Objective& objective,
                                      std::vector<train::Evaluation> members, int threads);

// The weights of one model of such a bundle, into a store of its own. E-BUNDLE-03, -05.
std::unique_ptr<Store> read_weights(const Bundle& bundle, const std::filesystem::path& file,
                                    std::string* digest_of_training = nullptr);

}  // namespace glia::experiment
