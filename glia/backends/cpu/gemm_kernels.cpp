// Matrix products in f32 for every instruction set; see gemm.h and docs/notes/kernels.md.
//
// The tile kernel keeps 6 rows by 2 vectors of C in registers and adds one rank-1 product for each
// step of k: on AVX2 12 accumulators, 2 vectors of B and 1 broadcast of A fill the 16 registers
// (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008). The dot
// kernel keeps partial sums along k instead, which needs no second layout of B, but a sum across
// lanes for each element of C.
#include "glia/backends/cpu/gemm_kernels.h"

#include <algorithm>
#include <cstring>

#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/gemm_kernels.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before highway.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr std::int64_t kLanes = hn::MaxLanes(D());
constexpr std::int64_t kPanel = kTileVectors * kLanes;

// n < kLanes floats in at most four pieces: a memcpy of unknown size would be a call.
HWY_INLINE void copy_first(const float* from, float* to, std::int64_t n) {
  if constexpr (kLanes > 8)
    if (n & 8) std::memcpy(to, from, 32), to += 8, from += 8;
  if constexpr (kLanes > 4)
    if (n & 4) std::memcpy(to, from, 16), to += 4, from += 4;
  if constexpr (kLanes > 2)
    if (n & 2) std::memcpy(to, from, 8), to += 2, from += 2;
  if (n & 1) *to = *from;
}

// The first n < kLanes floats, zeros after them; nothing behind them is read.
HWY_INLINE V load_first(const float* p, std::int64_t n) {
  const D d;
  // HWY_MEM_OPS_MIGHT_FAULT is set for AVX2 too, because of elements of 8 and 16 bits.
#if HWY_MEM_OPS_MIGHT_FAULT && HWY_TARGET != HWY_AVX2
  HWY_ALIGN float lanes[kLanes] = {};
  copy_first(p, lanes, n);
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#endif
}

// Through memory: a masked store of AVX2 is slow on AMD, and SSE4 has none.
HWY_INLINE void store_first(V v, float* p, std::int64_t n) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, D(), lanes);
  copy_first(lanes, p, n);
}

struct Tile {
  const float* a;
  std::int64_t a_row, a_step;
  const float* b;
  std::int64_t b_step;
  float* c;
  std::int64_t c_row, k;
  std::int64_t columns;    // of C, in 1 .. vectors * kLanes
  std::int64_t columns_b;  // that may be read in a row of B: columns, or the padded panel
  const float* bias;       // null: none
  bool add, relu;
};

// Adds bias and C, applies the activation, stores. `last`: the floats in the last vector of a row.
template <int R, int kVectors>
HWY_INLINE void finish(V (&sum)[R][kVectors], const Tile& t, std::int64_t last) {
  const D d;
  const bool whole = last == kLanes;
  if (t.bias) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      const float* from = t.bias + v * kLanes;
      const V bias = whole || v + 1 < kVectors ? hn::LoadU(d, from) : load_first(from, last);
#pragma GCC unroll 6
      for (int r = 0; r < R; ++r) sum[r][v] = hn::Add(sum[r][v], bias);
    }
  }
  if (t.add) {
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) {
        const float* from = t.c + r * t.c_row + v * kLanes;
        const V c = whole || v + 1 < kVectors ? hn::LoadU(d, from) : load_first(from, last);
        sum[r][v] = hn::Add(sum[r][v], c);
      }
  }
  if (t.relu) {
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v)  // not Max: a NaN stays one
        sum[r][v] = hn::IfThenZeroElse(hn::Lt(sum[r][v], hn::Zero(d)), sum[r][v]);
  }
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) {
      float* to = t.c + r * t.c_row + v * kLanes;
      if (whole || v + 1 < kVectors)
        hn::StoreU(sum[r][v], d, to);
      else
        store_first(sum[r][v], to, last);
    }
}

// R rows by kVectors vectors of C. kWhole: the last vector of B may be read in whole.
template <int R, int kVectors, bool kWhole>
void tile(const Tile& t) {
  const D d;
  V sum[R][kVectors];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::Zero(d);

  const float* a[R];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) a[r] = t.a + r * t.a_row;
  const float* b = t.b;
  const std::int64_t last = t.columns - (kVectors - 1) * kLanes;
  std::int64_t at = 0;
  for (std::int64_t p = 0; p < t.k; ++p, at += t.a_step, b += t.b_step) {
    V row[kVectors];
#pragma GCC unroll 8
    for (int v = 0; v < kVectors; ++v)
      row[v] = kWhole || v + 1 < kVectors ? hn::LoadU(d, b + v * kLanes)
                                          : load_first(b + v * kLanes, last);
#pragma GCC unroll 6
    for (int r = 0; r < R; ++r) {
      const V x = hn::Set(d, a[r][at]);
#pragma GCC unroll 8
      for (int v = 0; v < kVectors; ++v) sum[r][v] = hn::MulAdd(x, row[v], sum[r][v]);
    }
  }

  finish<R, kVectors>(sum, t, last);
}

using TileFunction = void (*)(const Tile&);
template <int kVectors, bool kWhole>
constexpr TileFunction kTiles[kTileRows] = {tile<1, kVectors, kWhole>, tile<2, kVectors, kWhole>,
                                            tile<3, kVectors, kWhole>, tile<4, kVectors, kWhole>,
                                            tile<5, kVectors, kWhole>, tile<6, kVectors, kWhole>};
static_assert(kTileRows == 6 && kTileVectors == 2);

HWY_INLINE const TileFunction* tiles_for(std::int64_t columns, std::int64_t columns_b) {
  if (columns > kLanes) return columns_b == kPanel ? kTiles<2, true> : kTiles<2, false>;
  return columns_b >= kLanes ? kTiles<1, true> : kTiles<1, false>;
}

// Rows are dealt out evenly, for a tile of few rows waits for its own sums: 32 is 2 * 6 + 4 * 5.
struct Rows {
  std::int64_t tiles, base, longer;
  explicit Rows(std::int64_t m)
      : tiles((m + kTileRows - 1) / kTileRows), base(m / tiles), longer(m % tiles) {}
  std::int64_t operator[](std::int64_t i) const { return base + (i < longer); }
};

// Columns of B that lie side by side.
void pack_rows(const float* from, std::int64_t step, std::int64_t columns, std::int64_t k,
               float* to) {
  const D d;
  for (std::int64_t p = 0; p < k; ++p, from += step, to += kPanel) {
    hn::Store(columns >= kLanes ? hn::LoadU(d, from) : load_first(from, columns), d, to);
    if (columns <= kLanes) continue;
    const std::int64_t left = columns - kLanes;
    hn::Store(left == kLanes ? hn::LoadU(d, from + kLanes) : load_first(from + kLanes, left), d,
              to + kLanes);
  }
}

// Rows of a matrix, to be turned into the lanes of vectors. Rows behind the last stand for it: what
// their lanes hold is never stored.
struct Lanes {
  const float* row[kLanes];
  Lanes(const float* from, std::int64_t stride, std::int64_t rows) {
    for (std::int64_t l = 0; l < kLanes; ++l) row[l] = from + std::min(l, rows - 1) * stride;
  }
};

#if HWY_TARGET == HWY_SCALAR
std::int64_t transpose_fours(const Lanes&, std::int64_t, float*) { return 0; }
#else
// Four floats of each of the rows q, q + 4, q + 8, ... side by side.
template <class DN = D>
HWY_INLINE hn::Vec<DN> load_fours(DN d, const Lanes& lanes, std::int64_t q, std::int64_t p) {
  if constexpr (hn::MaxLanes(DN()) == 4) {
    return hn::LoadU(d, lanes.row[q] + p);
  } else {
    const hn::Half<DN> half;
    constexpr std::int64_t rows = hn::MaxLanes(DN()) / 2;
    return hn::Combine(d, load_fours(half, lanes, q + rows, p), load_fours(half, lanes, q, p));
  }
}

// As many of k steps as go by fours, one vector of a panel each: 4x4 transposes. Returns how many.
HWY_INLINE std::int64_t transpose_fours(const Lanes& lanes, std::int64_t k, float* to) {
  const D d;
  const hn::RepartitionToWide<D> wide;
  std::int64_t p = 0;
  for (; p + 4 <= k; p += 4) {
    const V r0 = load_fours(d, lanes, 0, p);
    const V r1 = load_fours(d, lanes, 1, p);
    const V r2 = load_fours(d, lanes, 2, p);
    const V r3 = load_fours(d, lanes, 3, p);
    const auto l01 = hn::BitCast(wide, hn::InterleaveLower(d, r0, r1));
    const auto u01 = hn::BitCast(wide, hn::InterleaveUpper(d, r0, r1));
    const auto l23 = hn::BitCast(wide, hn::InterleaveLower(d, r2, r3));
    const auto u23 = hn::BitCast(wide, hn::InterleaveUpper(d, r2, r3));
    hn::Store(hn::BitCast(d, hn::InterleaveLower(wide, l01, l23)), d, to + p * kPanel);
    hn::Store(hn::BitCast(d, hn::InterleaveUpper(wide, l01, l23)), d, to + (p + 1) * kPanel);
    hn::Store(hn::BitCast(d, hn::InterleaveLower(wide, u01, u23)), d, to + (p + 2) * kPanel);
    hn::Store(hn::BitCast(d, hn::InterleaveUpper(wide, u01, u23)), d, to + (p + 3) * kPanel);
  }
  return p;
}
#endif

// Columns of B that lie as rows. A vector without any column is not filled: no tile reads it.
void pack_columns(const float* from, std::int64_t stride, std::int64_t columns, std::int64_t k,
                  float* to) {
  for (std::int64_t j = 0; j < columns; j += kLanes) {
    const Lanes lanes(from + j * stride, stride, columns - j);
    for (std::int64_t p = transpose_fours(lanes, k, to + j); p < k; ++p)
      for (std::int64_t l = 0; l < kLanes; ++l) to[p * kPanel + j + l] = lanes.row[l][p];
  }
}

// Columns j .. j + columns of C, over the steps p .. p + k. The panel of B stays in L1 while the
// rows of A pass by: those are read where they lie.
void panel_product(const Product& s, const Blocks& blocks, std::int64_t j, std::int64_t p,
                   std::int64_t k) {
  Tile t;
  t.columns = std::min(kPanel, s.n - j);
  t.columns_b = t.columns;
  t.b = s.b + p * s.b_step + j * s.b_column;
  t.b_step = s.b_step;
  if (blocks.pack_b) {
    if (s.b_column == 1)
      pack_rows(t.b, s.b_step, t.columns, k, blocks.panel);
    else
      pack_columns(t.b, s.b_column, t.columns, k, blocks.panel);
    t.b = blocks.panel;
    t.b_step = kPanel;
    t.columns_b = kPanel;
  }
  const bool last = p + k == s.k;
  t.k = k;
  t.a_row = s.a_row;
  t.a_step = s.a_step;
  t.c_row = s.c_row;
  t.bias = s.bias && last ? s.bias + j : nullptr;
  t.add = s.accumulate || p > 0;
  t.relu = s.relu && last;
  const TileFunction* const functions = tiles_for(t.columns, t.columns_b);
  const Rows rows(s.m);
  for (std::int64_t tile = 0, i = 0; tile < rows.tiles; i += rows[tile], ++tile) {
    t.a = s.a + i * s.a_row + p * s.a_step;
    t.c = s.c + i * s.c_row + j;
    functions[rows[tile] - 1](t);
  }
}

// One row of C: as many vectors side by side as hide the latency of a multiply-add.
void row_product(const Product& s) {
  HWY_ALIGN float same[8 * kLanes];
  if (s.bias && s.bias_step == 0) std::fill(std::begin(same), std::end(same), *s.bias);
  std::int64_t j = 0;
  while (j < s.n) {
    const std::int64_t left = s.n - j;
    const float* bias = !s.bias ? nullptr : s.bias_step == 0 ? same : s.bias + j;
    const int vectors = left >= 8 * kLanes ? 8 : left >= 4 * kLanes ? 4 : 2;
    const std::int64_t columns = std::min(left, vectors * kLanes);
    const Tile t{s.a, 0,       s.a_step, s.b + j, s.b_step,     s.c + j, 0,
                 s.k, columns, columns,  bias,    s.accumulate, s.relu};
    if (vectors == 8)
      tile<1, 8, true>(t);
    else if (vectors == 4)
      tile<1, 4, true>(t);
    else
      tiles_for(columns, columns)[0](t);
    j += columns;
  }
}

void tile_product(const Product& s, const Blocks& blocks) {
  if (s.m == 1 && !blocks.pack_b && s.k <= blocks.k) return row_product(s);
  for (std::int64_t j = 0; j < s.n; j += kPanel) {
    std::int64_t p = 0;
    do {  // once where k is 0
      const std::int64_t k = std::min(blocks.k, s.k - p);
      panel_product(s, blocks, j, p, k);
      p += k;
    } while (p < s.k);
  }
}

// R rows by C columns, both operands along k.
template <int R, int C>
void dots(const Product& s, std::int64_t i0, std::int64_t j0) {
  const D d;
  const float* a = s.a + i0 * s.a_row;
  const float* b = s.b + j0 * s.b_column;
  V sum[R][C];
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) sum[r][c] = hn::Zero(d);
  std::int64_t p = 0;
  for (; p + kLanes <= s.k; p += kLanes) {
    V x[R];
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) x[r] = hn::LoadU(d, a + r * s.a_row + p);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const V y = hn::LoadU(d, b + c * s.b_column + p);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) sum[r][c] = hn::MulAdd(x[r], y, sum[r][c]);
    }
  }
  if (p < s.k) {
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const V y = load_first(b + c * s.b_column + p, s.k - p);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r)
        sum[r][c] = hn::MulAdd(load_first(a + r * s.a_row + p, s.k - p), y, sum[r][c]);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < R; ++r) {
    float* out = s.c + (i0 + r) * s.c_row + j0;
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      float y = hn::GetLane(hn::SumOfLanes(d, sum[r][c]));
      if (s.bias) y += s.bias[(j0 + c) * s.bias_step];
      if (s.accumulate) y += out[c];
      out[c] = s.relu && y < 0.0f ? 0.0f : y;
    }
  }
}

template <int R>
void dot_rows(const Product& s, std::int64_t i0) {
  constexpr int kColumns = R == 1 ? 8 : 4;
  std::int64_t j = 0;
  for (; j + kColumns <= s.n; j += kColumns) dots<R, kColumns>(s, i0, j);
  for (; j < s.n; ++j) dots<R, 1>(s, i0, j);
}

void dot_product(const Product& s) {
  std::int64_t i = 0;
  for (; i + 3 <= s.m; i += 3) dot_rows<3>(s, i);
  if (s.m - i == 2) dot_rows<2>(s, i);
  if (s.m - i == 1) dot_rows<1>(s, i);
}

std::int64_t panel_columns() { return kPanel; }

}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {

HWY_EXPORT(tile_product);
HWY_EXPORT(dot_product);
HWY_EXPORT(panel_columns);

std::int64_t panel_columns() { return HWY_DYNAMIC_DISPATCH(panel_columns)(); }
void tile_product(const Product& product, const Blocks& blocks) {
  HWY_DYNAMIC_DISPATCH(tile_product)(product, blocks);
}
void dot_product(const Product& product) { HWY_DYNAMIC_DISPATCH(dot_product)(product); }

}  // namespace glia::cpu
#endif
