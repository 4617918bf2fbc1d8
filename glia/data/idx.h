// IDX arrays, as MNIST and its kin come: http://yann.lecun.com/exdb/mnist (the format's page).
#pragma once

#include <filesystem>

#include "glia/tensor/tensor.h"

namespace glia::data {

// Reads an IDX file of unsigned bytes, plain or compressed with gzip (known by its first bytes, not
// by its name), of one to eight dimensions. Memory is taken only for what the file can hold.
// Errors name the file, what was found and what was expected: E-FILE-01 to -05 not readable;
// E-DATA-40 not an IDX file of bytes; -41 shorter than its header says; -42 longer; -43 a size that
// cannot be; -44 damaged compression.
Tensor read_idx(const std::filesystem::path& path);  // u8, the header's shape

// The same, of images [N, H, W] and of labels [N]. Error E-DATA-40 for another number of
// dimensions.
Tensor read_idx_images(const std::filesystem::path& path);
Tensor read_idx_labels(const std::filesystem::path& path);

}  // namespace glia::data
