// Internal: what files of image labels must be.
#pragma once

#include <filesystem>

#include "glia/tensor/tensor.h"

namespace glia::experiment {

// E-DATA-45 where there are not as many labels [N] as images [N, H, W]. `file`: of the labels.
void expect_one_label_each(const Tensor& images, const Tensor& labels,
                           const std::filesystem::path& file);
// E-DATA-22 where a label, u8 [N], is none of the `classes`.
void expect_labels_below(const Tensor& labels, std::int64_t classes,
                         const std::filesystem::path& file);

}  // namespace glia::experiment
