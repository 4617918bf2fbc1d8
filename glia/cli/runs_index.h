// Internal: where the index of runs is, and how trainings come into it.
#pragma once

#include <functional>
#include <memory>

#include "glia/cli/training.h"
#include "glia/runs/index.h"

namespace glia::cli {

// `given` (--index), else GLIA_RUNS_INDEX, else glia/runs.db under XDG_STATE_HOME or
// ~/.local/state. "none", or a process without a home: no index, "".
std::filesystem::path index_file(const std::string& given);
CLI::Option* add_index(CLI::App& command, std::string& file);

// Trains by `work`, and keeps the index up to date: running from the moment at which the folder is
// this training's, then how it ended. What is wrong with the index is said, and harms nothing.
using Work = std::function<experiment::RunResult(const experiment::RunOptions& run)>;
experiment::RunResult indexed(Context& context, const TrainingRequest& request, const Work& work);

}  // namespace glia::cli
