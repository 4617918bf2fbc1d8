// Internal: steps of one column of numbers.
#pragma once

#include <span>
#include <string>

#include "glia/data/steps/fitted.h"
#include "glia/data/steps/sample.h"
#include "glia/data/steps/step.h"

namespace glia::data {

// What the step makes of the values, in place. FillTogether does nothing here, DropOutside never.
// What has no Box-Cox power becomes NaN.
void apply_step(const NumericStep& step, std::span<double> values);

// Values that the steps say stand for missing ones become NaN; no other step is applied.
void mark_missing(std::span<const NumericStep> steps, std::span<double> values);

// A step that is fitted by one column alone. The message of an error says what is wrong, and not
// where: E-DATA-34 no value; -35 values too far apart, or too near; -102 numbers from 0 down for
// Box and Cox.
NumericStep fit_step(const Step& step, const Sample& sample);

bool fills_together(const Step& step);  // knn, iterative

}  // namespace glia::data
