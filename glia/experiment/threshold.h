// Internal: the threshold of a yes, chosen on validation rows.
#pragma once

#include "glia/experiment/run.h"

namespace glia::experiment {

// Before the training: E-EXP-05 where there are no validation rows or not two classes.
void check_threshold_goal(const Experiment& experiment, const Prepared& prepared);

// After it, by the bundle's weights, for its experiment's goal.
metrics::ChosenThreshold chosen_threshold(const Bundle& bundle, const data::Source& validation,
                                          int threads, int workers);
// Of predictions that are there already.
metrics::ChosenThreshold chosen_threshold(const Experiment& experiment,
                                          const Predictions& predictions);

// For a person: "threshold 0.2134, chosen on 160 validation rows: cost 0.52 a row (with 0.5:
// 0.91)".
std::string threshold_text(const metrics::ChosenThreshold& chosen,
                           const metrics::ThresholdOptions& goal, std::int64_t rows);

}  // namespace glia::experiment
