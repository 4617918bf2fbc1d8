// Internal: the parts of a model and a training, from their settings.
#pragma once

#include "glia/experiment/experiment.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {

nn::Module make_layer(Settings::Choice& choice);
std::optional<std::string> read_name(Settings& layer);  // as the file gives it; E-NN-05
nn::Loss make_loss(Settings::Choice& choice);
optim::Optimizer make_optimizer(Settings::Choice& choice);
optim::Schedule make_schedule(Settings::Choice& choice);
optim::Constraint make_constraint(Settings::Choice& choice);

// For the reference: what can be chosen, and the options of each section.
std::vector<Entry> layer_entries();
std::vector<Entry> activation_entries();
std::vector<Entry> initializer_entries();
std::vector<Entry> loss_entries();
std::vector<Entry> optimizer_entries();
std::vector<Entry> schedule_entries();
std::vector<Entry> constraint_entries();
std::vector<Entry> average_entries();
std::vector<Entry> calibration_entries();
std::vector<Option> experiment_options();  // of the file's first level
struct DataKind;
std::vector<Option> data_options(const DataKind& kind);  // of data, where it is of that kind
std::vector<Option> model_options();
std::vector<Option> layer_options();  // that every layer has
std::vector<Option> train_options();
Entry shared_entry();  // `shared`, which stands among layers and is none

// train.clip, accumulate, groups and average.
void read_updates(Settings& train, train::FitOptions& fit);
// The key "monitor": the name of a value of an epoch, never of the test set (E-EXP-06). `outputs`:
// the names that may stand in it.
std::string monitor(Settings& settings, const std::string& otherwise,
                    const std::vector<std::string>& outputs = {});

// train.ensemble, train.select and train.select_by: E-EXP-24 where they do not go with the rest.
void read_several(Settings& train, Experiment& experiment);

using OwnFiles = decltype(Experiment::own_files);
// `outputs`: their names, where the model has several.
std::shared_ptr<const DataPlan> read_data(Settings& settings, const std::filesystem::path& folder,
                                          const LoadOptions& options,
                                          const std::vector<std::string>& outputs,
                                          OwnFiles& own_files);

// data.preprocess and data.columns. Errors E-DATA-13, -14, -100 with where they stand.
void read_preprocess(Settings& data, data::PreprocessOptions& options);
std::vector<Entry> step_entries(data::Kind kind);
// A step with the options that are given. Error E-DATA-100.
data::Step read_step_options(Settings& options, data::Kind kind, const data::StepInfo& info);

// Gives where each layer stands, for link_model(), which is called when the data is known too.
std::vector<Settings> read_model(Settings& model, Experiment& experiment);
void link_model(const Settings& model, const std::vector<Settings>& places, Experiment& experiment);

}  // namespace glia::experiment
