// Cross-validation: one experiment, trained and tested on several divisions of its rows.
#pragma once

#include "glia/experiment/run.h"

namespace glia::experiment {

struct FoldSummary {
  std::int64_t fold = 0, repeat = 1;  // from 1
  std::string folder;                 // "folds/1"
  std::int64_t rows = 0;              // of its test
  std::int64_t epochs = 0, best_epoch = 0;
  double seconds = 0;
  std::int64_t candidate = 0;  // that was selected, from 1; 0: none were given
};

// A value of the folds' test rows: "loss", then metrics. Undefined in a fold: nothing there, and
// mean and deviation are of the others.
struct FoldValues {
  std::string name;
  std::vector<std::optional<double>> folds;
  std::optional<double> mean;
  std::optional<double> deviation;  // divided by n - 1; nothing for fewer than two
};

struct FoldsResult {
  std::vector<std::string> notes;  // what to know of the selections
  std::vector<FoldSummary> folds;
  std::vector<FoldValues> values;
  // All predictions of rows that the model had not seen, together; nothing where there are places
  // that do not count (padding).
  std::optional<Assessment> out_of_fold;
  std::optional<RunResult> final_run;
  std::string final_note;          // what the final model is, in one line
  std::vector<std::string> files;  // relative to the folder
  double seconds = 0;              // of all trainings
  bool interrupted = false;
};

// Trains one of them: train(), with whoever watches. name: "fold 2/5".
using TrainOne = std::function<RunResult(std::string_view name, const Experiment&, const Prepared&,
                                         const RunOptions&)>;

// Trains the folds of data.split, each in folds/1 and so on as a run of its own, whose encoder is
// fitted on its training rows alone; writes folds.json, out_of_fold.csv and
// out_of_fold.safetensors; then trains the final model on the rows of all folds in the folder
// itself. Where the experiment has candidates, each fold selects one by its inner folds, and the
// final model by as many folds of all rows: so the folds' values are of a model that was selected
// so, and nothing that decided is tested on (Cawley and Talbot, JMLR 11, 2010). Test rows of the
// experiment are seen by the final model alone.
//
// The final model has no validation rows: it is trained for the median of the folds' best epochs,
// or all epochs where nothing stops early, and its threshold is chosen on the out-of-fold
// predictions. Of an ensemble that is fitted on validation rows these are kept, and decide as ever.
//
// With resume it goes on in the fold where it stopped; a fold that ended is not trained again.
// Errors: E-EXP-20 a resume with other settings; -21 a damaged file; -22 no folds, or what cannot
// have them; -24 candidates without inner folds; -25 classes that a fold's training rows lack; and
// those of train().
FoldsResult train_folds(const Experiment& experiment, const RunOptions& options,
                        const TrainOne& train_one);

}  // namespace glia::experiment
