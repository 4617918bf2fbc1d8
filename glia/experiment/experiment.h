// An experiment: what an experiment file says, checked, with every default filled in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glia/experiment/data_plan.h"
#include "glia/experiment/ensemble.h"
#include "glia/metrics/threshold.h"
#include "glia/nn/layers.h"
#include "glia/serialize/weights.h"
#include "glia/train/trainer.h"

namespace glia::experiment {

struct LoadOptions {
  std::vector<std::string> set = {};  // "train.epochs=5", in order
  // Where relative paths of data files are looked for, after the experiment's own folder.
  std::vector<std::filesystem::path> data_folders = {};
  bool data_must_exist = true;  // false: to use a saved model where its data is not
};

// What a run writes for people to look at, beside metrics.jsonl: docs/logs.md.
struct LogSettings {
  bool csv = false, tensorboard = true;
  // Of TensorBoard's: steps from one loss of a batch to the next (0: none), histograms of weights
  // at each record, training images.
  std::int64_t every_steps = 50;
  bool histograms = true;
  std::int64_t images = 8;
};

struct Experiment {
  std::string name;
  std::shared_ptr<const DataPlan> data;
  std::vector<nn::Module> layers;  // each once, in order
  // A functional model: what its layers take. Its outputs are fit.outputs, where they have names.
  bool functional = false;
  std::vector<std::string> inputs, output_layers;
  std::vector<nn::Link> links;
  train::FitOptions fit;
  LogSettings logs;
  // What fit.threshold is to be chosen for, on the validation rows after the training.
  std::optional<metrics::ThresholdOptions> threshold_goal;
  // Whether probabilities are scaled by a temperature, and by which: nothing where it is to be
  // fitted on the validation rows after the training.
  bool calibrate = false;
  std::optional<double> temperature;
  bool balanced_class_weights = false;
  std::map<std::string, double> class_weights;  // by label
  std::string class_weights_place;              // "adult.yaml:30: train.class_weight"
  // Weights to begin with, from another model's file; empty: none.
  std::filesystem::path start_from;
  serialize::LoadOptions start_options;
  std::optional<EnsemblePlan> ensemble;
  // What cross-validation selects among: of each candidate the settings that it replaces, as --set
  // takes them; and by which value of the inner test rows.
  std::vector<std::vector<std::string>> candidates;
  std::string select_by = "loss";
  std::string resolved;  // the whole as YAML, defaults included
  // With what it was read: to read it again with other settings.
  LoadOptions loaded;
  std::filesystem::path folder;
  // Of the files that it names: those that were found by its own folder, under their settings
  // ("data.train.images"), as absolute paths.
  std::vector<std::pair<std::string, std::filesystem::path>> own_files;

  nn::Module model() const {
    return functional ? nn::functional(inputs, links, output_layers) : nn::sequential(layers);
  }
};

// Errors: E-FILE-*; E-EXP-01 not YAML (with the line), -02 an unknown key (line, nearest name), -03
// a value of another kind than expected, -04 a missing key, -05 a setting that cannot be; E-NN-01
// an unknown layer, loss or optimizer (line, nearest name); those of layers and optimizers for
// options.
Experiment load(const std::filesystem::path& file, const LoadOptions& options = {});
Experiment parse(std::string_view yaml, std::string_view name, const LoadOptions& options = {},
                 const std::filesystem::path& folder = {});

// `resolved` as a file in `folder` says it: own files relative to there, so that it can be loaded
// again from there. What was found in a folder of data keeps its name.
std::string resolved_in(const std::filesystem::path& folder, const Experiment& experiment);

// The same experiment with other settings: "data.split.fold=2".
Experiment changed(const Experiment& experiment, const std::vector<std::string>& set);

// The same experiment with this threshold, or temperature, as if its file had given the number.
Experiment with_threshold(Experiment experiment, double threshold);
Experiment with_temperature(Experiment experiment, double temperature);
// The same text with `data: {stream: ...}`: who reads it again chooses nothing by his own memory.
Experiment with_stream(Experiment experiment, bool stream);
// What the experiment.yaml of a run says of it, where this experiment leaves it open.
std::optional<bool> stream_of_run(const Experiment& experiment,
                                  const std::filesystem::path& run_folder);

}  // namespace glia::experiment
