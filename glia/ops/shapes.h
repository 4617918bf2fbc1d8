// Shape rules that several ops share.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "glia/ir/graph.h"

namespace glia {

// Axes counted from 0, sorted, each once. Negative ones count from the end. E-SHAPE-08 where x has
// no such axis.
std::vector<std::int64_t> normal_axes(const OpDef& op, Value x, const std::vector<int>& axes);
int normal_axis(const Call& call, std::int64_t axis);  // of input 0: likewise
std::vector<Type> infer_reduce(const Call& call);      // attributes "axes" and "keep_dims"
Shape kept_shape(const Call& call);                    // input 0's shape with 1 at "axes"
Cost cost_of_input(const Call& call);                  // one operation for each element of input 0

// Input i must be row-major in the order of its shape: E-IR-08 (the layout pass sees to it).
void expect_plain(const Call& call, int i);
// Input i must be floating; inputs `first` to `last` must have one dtype: E-DTYPE-03.
void expect_floating(const Call& call, int i);
void expect_same_dtype(const Call& call, int first, int last);
// The dtype of a product of inputs 0 and 1: theirs, or f32 for bf16, in which nothing is added up.
// E-DTYPE-03 where they differ or are no floating numbers.
DType product_dtype(const Call& call);
// Input i must have this shape: E-SHAPE-03, `what` naming the input.
void expect_shape(const Call& call, int i, const Shape& shape, std::string_view what);
// Input i must have this rank: E-SHAPE-01, ending in `hint`.
void expect_rank(const Call& call, int i, int rank, std::string_view hint);
void expect_dtype(const Call& call, int i, DType dtype);  // E-DTYPE-03

// Height and width after sliding a window over images x: [N, C, H, W]. Padding: top, bottom, left,
// right. E-SHAPE-04 where the window (dilation counted) is larger than what it slides over.
std::array<Dim, 2> slide(const Call& call, const Shape& x, const std::vector<std::int64_t>& window,
                         const std::vector<std::int64_t>& stride,
                         const std::vector<std::int64_t>& padding,
                         const std::vector<std::int64_t>& dilation = {1, 1});

}  // namespace glia
