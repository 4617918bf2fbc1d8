// Internal: what a training begins with, shown.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "glia/experiment/run.h"

namespace glia::experiment {

// Gives the store the weights that the experiment starts from, and says which parameters of the
// graph (gradient_graph) are learned when. Errors of serialize::load_weights.
Start started(const Experiment& experiment, const Graph& gradients, Store& store);

// For a person, of a training of so many epochs: what was loaded, what was not and why, what is
// frozen; none where all is new and learned.
std::vector<std::string> start_lines(const Start& start, std::int64_t epochs);

nlohmann::json to_json(const Start& start);
nlohmann::json to_json(const Calibration& calibration);

}  // namespace glia::experiment
