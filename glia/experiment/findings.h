// Internal: what the doctor says of an experiment's model, before a training and of a saved one.
#pragma once

#include <vector>

#include "glia/doctor/preflight.h"
#include "glia/train/graphs.h"

namespace glia::experiment {

std::vector<doctor::Finding> findings(const nn::Module& model, const train::Objective& objective,
                                      const train::BatchTypes& types);

}  // namespace glia::experiment
