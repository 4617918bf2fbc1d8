// Internal: cross-validation from its header to its results.
#pragma once

#include "glia/cli/command.h"
#include "glia/cli/json.h"
#include "glia/cli/origin.h"
#include "glia/experiment/folds.h"

namespace glia::cli {

// Trains the folds with progress, and shows what they gave; gives the exit code. `resume`: the
// command that goes on after an interruption; `index`: of runs, as --index gave it.
int run_folds(Context& context, const experiment::Experiment& experiment,
              experiment::RunOptions run, const Origin& origin, const std::string& resume,
              const std::string& index);

}  // namespace glia::cli
