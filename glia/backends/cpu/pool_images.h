// Internal: images for the pooling kernels.
#pragma once

#include "glia/ir/graph.h"

namespace glia::cpu {

// Memory as [images, H, W, c]: c channels side by side.
struct PoolImages {
  explicit PoolImages(const Type& x) {
    const auto s = x.shape.sizes();
    c = x.layout == Layout::plain ? 1 : x.layout == Layout::blocked8 ? 8 : s[1];
    images = c == 0 ? 0 : s[0] * s[1] / c;
    h = s[2], w = s[3];
  }
  std::int64_t in_elements() const { return h * w * c; }  // of one image
  std::int64_t out_elements() const { return out_h * out_w * c; }

  std::int64_t images = 0, h = 0, w = 0, c = 1;
  std::int64_t out_h = 0, out_w = 0, window_h = 1, window_w = 1, stride_h = 1, stride_w = 1;
  std::int64_t top = 0, left = 0;  // padding
};

}  // namespace glia::cpu
