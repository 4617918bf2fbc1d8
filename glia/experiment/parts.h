// Internal: the parts of a model and a training, from their settings.
#pragma once

#include "glia/experiment/experiment.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {

nn::Module make_layer(Settings::Choice& choice);
std::vector<std::string> layer_names();
nn::Loss make_loss(Settings::Choice& choice);
optim::Optimizer make_optimizer(Settings::Choice& choice);
optim::Schedule make_schedule(Settings::Choice& choice);
optim::Constraint make_constraint(Settings::Choice& choice);
std::vector<std::string> optimizer_names();
std::vector<std::string> schedule_names();

// train.clip, accumulate, groups and average.
void read_updates(Settings& train, train::FitOptions& fit);
// The key "monitor": the name of a value of an epoch, never of the test set (E-EXP-06). `outputs`:
// the names that may stand in it.
std::string monitor(Settings& settings, const std::string& otherwise,
                    const std::vector<std::string>& outputs = {});

using OwnFiles = decltype(Experiment::own_files);
// `outputs`: their names, where the model has several.
DataPlan read_data(Settings& settings, const std::filesystem::path& folder,
                   const LoadOptions& options, const std::vector<std::string>& outputs,
                   OwnFiles& own_files);

// Gives where each layer stands, for link_model(), which is called when the data is known too.
std::vector<Settings> read_model(Settings& model, Experiment& experiment);
void link_model(const Settings& model, const std::vector<Settings>& places, Experiment& experiment);

}  // namespace glia::experiment
