// Shape rules that several ops share.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/ir/graph.h"

namespace glia {

std::vector<std::int64_t> normal_axes(const std::vector<int>& axes, int rank);  // sorted, from 0
std::vector<Type> infer_reduce(const Call& call);  // attributes "axes" and "keep_dims"
Shape kept_shape(const Call& call);                // input 0's shape with 1 at "axes"
Cost cost_of_input(const Call& call);              // one operation for each element of input 0

// Input i must be row-major in the order of its shape: E-IR-08 (the layout pass sees to it).
void expect_plain(const Call& call, int i);
// Input i must have this rank: E-SHAPE-01, ending in `hint`.
void expect_rank(const Call& call, int i, int rank, std::string_view hint);
void expect_dtype(const Call& call, int i, DType dtype);  // E-DTYPE-03

// The size after sliding a window of `window` with stride, padding and dilation over `size`.
// E-SHAPE-04 where the window is larger than what it slides over.
Dim slide(const Call& call, Dim size, std::int64_t window, std::int64_t stride,
          std::int64_t padding, std::int64_t dilation = 1);

}  // namespace glia
