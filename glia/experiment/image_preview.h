// Internal: pictures of training images before and after augmentation.
#pragma once

#include "glia/data/dataset.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

// `pixels`: how they were normalised.
report::Document image_preview(const Prepared& prepared, const data::Pixels& pixels,
                               const PreviewOptions& options);

}  // namespace glia::experiment
