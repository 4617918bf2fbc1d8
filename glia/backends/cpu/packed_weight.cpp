#include "glia/backends/cpu/packed_weight.h"

#include <algorithm>

#include "glia/backends/cpu/gemm_kernels.h"

namespace glia::cpu {
namespace {
constexpr std::int64_t kBlockK = 400;  // a panel's part about fits L1, as in gemm.cpp
}

PackedWeight::PackedWeight(std::int64_t k, std::int64_t n)
    : k_(k), n_(n), width_(panel_columns()), block_(std::max<std::int64_t>(1, k)) {
  const std::int64_t blocks = (block_ + kBlockK - 1) / kBlockK;
  block_ = ((block_ + blocks - 1) / blocks + 7) / 8 * 8;
}

std::size_t PackedWeight::floats() const {
  return static_cast<std::size_t>((n_ + width_ - 1) / width_ * width_ * k_);
}

void PackedWeight::pack(const float* from, std::int64_t step, std::int64_t column,
                        float* panels) const {
  for (std::int64_t first = 0; first < n_; first += width_) {
    const std::int64_t columns = std::min(width_, n_ - first);
    for (std::int64_t p = 0; p < k_; ++p, panels += width_) {
      for (std::int64_t j = 0; j < columns; ++j) panels[j] = from[p * step + (first + j) * column];
      std::fill(panels + columns, panels + width_, 0.0f);
    }
  }
}

void PackedWeight::multiply(const float* panels, std::int64_t rows, const float* a,
                            std::int64_t a_row, bool accumulate, float* c,
                            std::int64_t c_row) const {
  if (rows == 0) return;
  for (std::int64_t first = 0; first < n_; first += width_, panels += width_ * k_) {
    Product p;
    p.m = rows, p.n = std::min(width_, n_ - first), p.k = k_;
    p.a = a, p.a_row = a_row, p.a_step = 1;
    p.b = panels, p.b_step = width_, p.b_column = 1;
    p.c = c + first, p.c_row = c_row;
    p.accumulate = accumulate;
    tile_product(p, Blocks{.k = block_});
  }
}

}  // namespace glia::cpu
