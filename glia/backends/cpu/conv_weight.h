// Internal: the gradient of a convolution's weight, for images in channels_last.
//
// A tile of a few of the weight's places (h, w, c) by two vectors of filters is kept in registers
// while all pixels pass by: for each of them one number of x, taken from where it lies, for every
// place, times a part of dy. Nothing is gathered, and where the padding's zeros would be
// multiplied, nothing is done.
//
// Determinism: the same bits for every number of threads, which share the places, never a sum.
#pragma once

#include <vector>

#include "glia/backends/cpu/conv.h"

namespace glia::cpu {

// Up to six places and the pixels of y that meet them inside the image.
struct WeightTile {
  std::int64_t first = 0, count = 0;                      // places, in the order (h, w, c)
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  // from, to behind
};

struct WeightPlan {
  Conv conv;
  std::vector<WeightTile> tiles;
  std::vector<std::int64_t> offsets;  // of each place from where a pixel's window starts in x
  // With few channels a tile crosses columns of the window, and x is copied with its padding.
  bool padded = false;
  bool pack = false;  // the filters of a panel are copied side by side
  std::int64_t panel = 0, panels = 0;
  std::int64_t chunk_images = 1, chunk_rows = 0;  // several whole images, or rows of one
  int threads = 1;
  std::size_t sum_floats = 0, image_floats = 0, panel_floats = 0;  // scratch

  std::size_t scratch_bytes() const {
    return (sum_floats + (image_floats + panel_floats) * static_cast<std::size_t>(threads)) *
           sizeof(float);
  }
};

// conv: a weight gradient in channels_last with one group.
WeightPlan plan_weight_gradient(const Conv& conv);
void run_weight_gradient(const WeightPlan& plan, const ConvArgs& args);

}  // namespace glia::cpu
