// Internal: a training from its header to its results, for train and demo.
#pragma once

#include "glia/cli/command.h"
#include "glia/cli/json.h"
#include "glia/cli/origin.h"
#include "glia/experiment/run.h"

namespace glia::cli {

struct TrainingRequest {
  const experiment::Experiment& experiment;
  const experiment::Prepared& prepared;
  experiment::RunOptions run;
  Origin origin;
  std::string resume;      // the command that goes on after an interruption
  std::string index = {};  // of runs, as --index gave it
  bool live = false;       // on a full screen, where there is a terminal
  std::string part = {};   // which of several trainings: "fold 2/5"
  bool header = true;      // says what is trained on what
};

// Says what is trained on what, trains with progress, ends cleanly after Ctrl-C, and says how it
// ended, all of it on standard error.
experiment::RunResult train_with_progress(Context& context, const TrainingRequest& request);

bool interrupted(const experiment::RunResult& result);

// Learning curve, metrics, confusion matrix and profile, on standard output.
void print_results(Context& context, const TrainingRequest& request,
                   const experiment::RunResult& result);
void print_files(Context& context, const TrainingRequest& request,
                 const experiment::RunResult& result);
Json result_json(const TrainingRequest& request, const experiment::RunResult& result);

}  // namespace glia::cli
