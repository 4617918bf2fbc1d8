// Internal: probabilities that are as sure as they are right, by a temperature that is fitted on
// validation rows.
#pragma once

#include "glia/experiment/run.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {

// train.calibrate. E-METRIC-10 where the model says no probabilities, or has several outputs.
void read_calibration(Settings& train, Experiment& experiment);

// Before the training: E-METRIC-11 where there are no validation rows to fit it on.
void check_calibration(const Experiment& experiment, const Prepared& prepared);

// After it, by the bundle's weights and without a temperature of its own.
Calibration fitted_calibration(const Bundle& bundle, const data::Source& validation, int threads,
                               int workers);

// Probabilities of a model's output, f32 [N, ...], at the experiment's temperature; as they are
// where it has none.
void calibrate(const Experiment& experiment, Tensor& probabilities);

// For a person: "temperature 1.42, fitted on 6,000 validation rows: expected calibration error
// 0.0213 -> 0.0078, log loss 0.2512 -> 0.2301".
std::string calibration_text(const Calibration& calibration);

}  // namespace glia::experiment
