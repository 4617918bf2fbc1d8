// Internal: what a run writes for people and tools to look at while it trains.
#pragma once

#include "glia/experiment/experiment.h"
#include "glia/experiment/settings.h"
#include "glia/train/logs/callbacks.h"

namespace glia::experiment {

// `train.logs`: a list of names, or a mapping of options.
LogSettings read_logs(Settings& train);

// Those of an experiment, in its run's folder. Lives no longer than `e` and `prepared`.
std::vector<std::shared_ptr<train::Callback>> logs(const Experiment& e, const Prepared& prepared,
                                                   const std::filesystem::path& folder,
                                                   const train::Message& message);

}  // namespace glia::experiment
