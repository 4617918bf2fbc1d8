// Internal: convolutions of our own, as matrix products over windows that are gathered into rows
// or columns of a scratch matrix of cache size (Chellapilla, Puri, Simard, "High Performance
// Convolutional Neural Networks for Document Processing", 2006). They serve every stride, dilation,
// padding and number of groups, and both layouts.
//
// Determinism: the same bits for every number of threads. Threads share output rows (forward),
// images (input gradient) or filters (weight gradient), never a sum.
#pragma once

#include <vector>

#include "glia/backends/cpu/conv.h"
#include "glia/backends/cpu/gemm.h"

namespace glia::cpu {

// A range of one group's filters.
struct FilterRange {
  std::int64_t group = 0, first = 0, count = 0;  // first: within the group
  GemmPlan full, last;                           // of a chunk, and of the last one
};

struct ColumnPlan {
  Conv conv;
  // Windows lie as columns [K, pixels], K = (c, h, w) as in the weight, where an image's channels
  // are few or far apart; otherwise as rows [pixels, K], K = (h, w, c).
  bool planes = false;
  std::int64_t window = 0;         // K
  std::int64_t chunk_rows = 0;     // rows of y in a chunk; over all images where that is possible
  std::int64_t sequence_rows = 0;  // rows that chunks are cut from: of all images, or of one
  std::vector<FilterRange> ranges;
  int threads = 1;
  std::size_t weight_floats = 0, matrix_floats = 0, tile_floats = 0, gemm_floats = 0;  // scratch

  std::size_t floats_per_thread() const { return matrix_floats + tile_floats + gemm_floats; }
  std::size_t scratch_bytes() const {
    return (weight_floats + floats_per_thread() * static_cast<std::size_t>(threads)) *
           sizeof(float);
  }
};

ColumnPlan plan_columns(const Conv& conv);
void run_columns(const ColumnPlan& plan, const ConvArgs& args);

}  // namespace glia::cpu
