// Internal: pictures of training images before and after augmentation.
#pragma once

#include "glia/data/dataset.h"
#include "glia/experiment/data_plan.h"

namespace glia::experiment {

// Row `row` of images [N, C, H, W], as they were before they were normalised by `pixels`.
report::Picture picture_of(const Tensor& images, std::int64_t row, const data::Pixels& pixels,
                           std::string caption);

// `pixels`: how they were normalised.
report::Document image_preview(const Prepared& prepared, const data::Pixels& pixels,
                               const PreviewOptions& options);

}  // namespace glia::experiment
