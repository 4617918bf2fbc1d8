// Internal: what one training and several have in common.
#pragma once

#include "glia/experiment/run.h"
#include "glia/ir/graph.h"

namespace glia::experiment {

// A training that is about to begin.
struct Ready {
  nn::Module model;
  train::FitOptions fit;
  Graph gradients;
  std::vector<std::string> warnings;  // of the doctor
};
// Shapes of model, loss and targets, memory and options are checked here, before a folder is made.
Ready ready(const Experiment& experiment, const Prepared& prepared);

// After the training: temperature and threshold, which the bundle gets; assessments, predictions,
// the bundle, result.json.
void finish_run(Bundle& bundle, const Prepared& prepared, const RunOptions& options,
                const train::Observer& observer, RunResult& result);

// train() of an experiment with train.ensemble.
RunResult train_ensemble(const Experiment& experiment, const Prepared& prepared,
                         const RunOptions& options, const train::Observer& observer);

// A run of several trainings is gone on with under the same settings and data alone: those that
// are done cannot follow others. The first call in a folder writes them down, later ones compare.
// E-EXP-20 with every setting that differs.
void expect_same_experiment(const Experiment& experiment, const Prepared& prepared,
                            const std::filesystem::path& file);

// What a training left in its folder's result.json.
struct Finished {
  std::int64_t epochs = 0, best_epoch = 0;
  double seconds = 0, loss = 0;
  std::int64_t rows = 0;                                               // of the test; 0: none
  std::vector<std::pair<std::string, std::optional<double>>> metrics;  // of the test

  // The epoch whose weights are the model's, as far as epochs were told apart.
  std::int64_t kept(const Experiment& experiment) const {
    const auto& stopping = experiment.fit.early_stopping;
    return best_epoch > 0 && stopping && stopping->restore_best ? best_epoch : epochs;
  }
};
// Nothing where the training has not ended. E-EXP-21 a damaged file.
std::optional<Finished> finished(const std::filesystem::path& folder);

// The middle one; of an even number the mean of the middle two, rounded up.
std::int64_t median(std::vector<std::int64_t> numbers);

}  // namespace glia::experiment
