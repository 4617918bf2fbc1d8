// Internal: what rows of each class count for.
#pragma once

#include <vector>

#include "glia/experiment/experiment.h"

namespace glia::experiment {

// Of classes 0, 1, ...; empty where all count the same. E-EXP-05 where the experiment's weights do
// not fit its target.
std::vector<double> class_weights(const Experiment& experiment, const Prepared& prepared);

}  // namespace glia::experiment
