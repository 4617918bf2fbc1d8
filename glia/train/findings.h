// Internal: what the doctor says of a training, and of a model that was trained.
#pragma once

#include <vector>

#include "glia/doctor/preflight.h"
#include "glia/train/graphs.h"
#include "glia/train/trainer.h"

namespace glia::train {

std::vector<doctor::Finding> findings(const nn::Module& model, const FitOptions& options,
                                      const data::Source& rows);
std::vector<doctor::Finding> findings(const nn::Module& model, const Objective& objective,
                                      const BatchTypes& types);

}  // namespace glia::train
