// Internal: what a resumed run of an experiment has in common with the run before it.
#pragma once

#include "glia/experiment/run.h"

namespace glia::experiment {

// Every setting of the resolved experiment by its path, and the content of its data. docs/resume.md
// lists which are free to change, and why.
train::Agreement agreement(const Experiment& experiment, const Prepared& prepared);

}  // namespace glia::experiment
