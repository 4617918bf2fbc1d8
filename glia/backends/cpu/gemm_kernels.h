// Internal: what gemm.cpp plans and gemm_kernels.cpp computes. All strides are in elements.
#pragma once

#include <cstdint>

namespace glia::cpu {

// C(i,j) = activation( sum over p of A(i,p) * B(p,j) + bias(j) + (accumulate ? C(i,j) : 0) ), with
// A(i,p) = a[i * a_row + p * a_step], B(p,j) = b[p * b_step + j * b_column],
// bias(j) = bias[j * bias_step] and C(i,j) = c[i * c_row + j].
struct Product {
  std::int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  std::int64_t a_row = 0, a_step = 0;
  const float* b = nullptr;
  std::int64_t b_step = 0, b_column = 0;
  const float* bias = nullptr;
  std::int64_t bias_step = 1;
  float* c = nullptr;
  std::int64_t c_row = 0;
  bool accumulate = false, relu = false;
};

// k is walked in blocks of `k` steps. With pack_b a panel of B, a tile wide, is copied to `panel`
// (panel_columns() * k floats, aligned to 64 bytes), where its steps lie one after the other.
struct Blocks {
  std::int64_t k = 0;
  bool pack_b = false;
  float* panel = nullptr;
};

inline constexpr std::int64_t kTileRows = 6;
inline constexpr std::int64_t kTileVectors = 2;

std::int64_t panel_columns();  // of a tile, for the instruction set in use

void tile_product(const Product& product, const Blocks& blocks);  // b_column = 1, or pack_b
void dot_product(const Product& product);                         // a_step = 1 and b_step = 1

}  // namespace glia::cpu
