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

// The first n < kLanes floats, zeros after them; nothing behind them is read.
HWY_INLINE V load_first(const float* p, std::int64_t n) {
  const D d;
#if HWY_MEM_OPS_MIGHT_FAULT
  HWY_ALIGN float lanes[kLanes] = {};
  std::memcpy(lanes, p, static_cast<std::size_t>(n) * sizeof(float));
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(n)), d, p);
#endif
}

// In pieces through memory: a masked store of AVX2 is slow on AMD, and others have none.
HWY_INLINE void store_first(V v, float* p, std::int64_t n) {
  HWY_ALIGN float lanes[kLanes];
  hn::Store(v, D(), lanes);
  const float* from = lanes;
  if constexpr (kLanes > 8)
    if (n & 8) std::memcpy(p, from, 32), p += 8, from += 8;
  if constexpr (kLanes > 4)
    if (n & 4) std::memcpy(p, from, 16), p += 4, from += 4;
  if constexpr (kLanes > 2)
    if (n & 2) std::memcpy(p, from, 8), p += 2, from += 2;
  if (n & 1) *p = *from;
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

void pack_a(const Product& s, std::int64_t i0, std::int64_t m, std::int64_t p0, std::int64_t k,
            float* to) {
  const Rows rows(m);
  const float* from = s.a + i0 * s.a_row + p0 * s.a_step;
  for (std::int64_t i = 0; i < rows.tiles; ++i) {
    const std::int64_t n = rows[i];
    for (std::int64_t p = 0; p < k; ++p, to += n)
      for (std::int64_t r = 0; r < n; ++r) to[r] = from[r * s.a_row + p * s.a_step];
    from += n * s.a_row;
  }
}

void pack_rows(const float* from, std::int64_t step, std::int64_t columns, std::int64_t k,
               float* to) {
  const D d;
  if (columns == kPanel) {
    for (std::int64_t p = 0; p < k; ++p, from += step, to += kPanel)
      for (std::int64_t j = 0; j < kPanel; j += kLanes)
        hn::Store(hn::LoadU(d, from + j), d, to + j);
    return;
  }
  for (std::int64_t p = 0; p < k; ++p, from += step, to += kPanel)
    for (std::int64_t j = 0; j < kPanel; j += kLanes)
      hn::Store(columns - j >= kLanes ? hn::LoadU(d, from + j)
                : columns > j         ? load_first(from + j, columns - j)
                                      : hn::Zero(d),
                d, to + j);
}

#if HWY_TARGET != HWY_SCALAR
// Four floats of each of the rows q, q + 4, q + 8, ... side by side.
template <class DN = D>
HWY_INLINE hn::Vec<DN> load_fours(DN d, const float* p, std::int64_t stride) {
  if constexpr (hn::MaxLanes(DN()) == 4) {
    return hn::LoadU(d, p);
  } else {
    const hn::Half<DN> half;
    constexpr std::int64_t rows = hn::MaxLanes(DN()) / 2;
    return hn::Combine(d, load_fours(half, p + rows * stride, stride), load_fours(half, p, stride));
  }
}

// As many steps of k as go by fours, for kLanes columns of a panel: 4x4 transposes. Returns how
// many.
HWY_INLINE std::int64_t transpose_fours(const float* from, std::int64_t stride, std::int64_t k,
                                        float* to) {
  const D d;
  const hn::RepartitionToWide<D> wide;
  std::int64_t p = 0;
  for (; p + 4 <= k; p += 4) {
    const V r0 = load_fours(d, from + p, stride);
    const V r1 = load_fours(d, from + p + stride, stride);
    const V r2 = load_fours(d, from + p + 2 * stride, stride);
    const V r3 = load_fours(d, from + p + 3 * stride, stride);
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
#else
std::int64_t transpose_fours(const float*, std::int64_t, std::int64_t, float*) { return 0; }
#endif

// Columns of B that lie as rows, in panels.
void pack_columns(const float* from, std::int64_t stride, std::int64_t columns, std::int64_t k,
                  float* to) {
  for (std::int64_t j = 0; j < kPanel; j += kLanes, from += kLanes * stride, to += kLanes) {
    std::int64_t p = 0;
    if (columns - j >= kLanes) p = transpose_fours(from, stride, k, to);
    const std::int64_t n = std::clamp<std::int64_t>(columns - j, 0, kLanes);
    for (; p < k; ++p)
      for (std::int64_t l = 0; l < kLanes; ++l)
        to[p * kPanel + l] = l < n ? from[l * stride + p] : 0.0f;
  }
}

void pack_b(const Product& s, std::int64_t j0, std::int64_t n, std::int64_t p0, std::int64_t k,
            float* to) {
  for (std::int64_t j = 0; j < n; j += kPanel, to += kPanel * k) {
    const float* from = s.b + p0 * s.b_step + (j0 + j) * s.b_column;
    const std::int64_t columns = std::min(kPanel, n - j);
    if (s.b_column == 1)
      pack_rows(from, s.b_step, columns, k, to);
    else
      pack_columns(from, s.b_column, columns, k, to);
  }
}

// One block of C: rows i0 .. i0+m, columns j0 .. j0+n, steps p0 .. p0+k.
struct Part {
  std::int64_t i0, m, j0, n, p0, k;
};

void tiles(const Product& s, const Blocks& blocks, const Part& part) {
  Tile t;
  t.k = part.k;
  t.b_step = blocks.pack_b ? kPanel : s.b_step;
  t.c_row = s.c_row;
  t.add = s.accumulate || part.p0 > 0;
  const bool last = part.p0 + part.k == s.k;
  t.relu = s.relu && last;
  const Rows rows(part.m);
  for (std::int64_t j = 0; j < part.n; j += kPanel) {
    t.columns = std::min(kPanel, part.n - j);
    t.columns_b = blocks.pack_b ? kPanel : t.columns;
    t.b = blocks.pack_b ? blocks.scratch_b + j * part.k : s.b + part.p0 * s.b_step + (part.j0 + j);
    t.bias = s.bias && last ? s.bias + part.j0 + j : nullptr;
    t.c = s.c + part.i0 * s.c_row + part.j0 + j;
    const TileFunction* const functions = tiles_for(t.columns, t.columns_b);
    t.a = blocks.pack_a ? blocks.scratch_a : s.a + part.i0 * s.a_row + part.p0 * s.a_step;
    for (std::int64_t i = 0; i < rows.tiles; ++i) {
      const std::int64_t r = rows[i];
      t.a_row = blocks.pack_a ? 1 : s.a_row;
      t.a_step = blocks.pack_a ? r : s.a_step;
      functions[r - 1](t);
      t.a += blocks.pack_a ? r * part.k : r * s.a_row;
      t.c += r * s.c_row;
    }
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
  if (s.m == 1 && !blocks.pack_b && !blocks.pack_a && s.k <= blocks.k) return row_product(s);
  for (std::int64_t j0 = 0; j0 < s.n; j0 += blocks.n) {
    const std::int64_t n = std::min(blocks.n, s.n - j0);
    std::int64_t p0 = 0;
    do {  // once where k is 0
      const std::int64_t k = std::min(blocks.k, s.k - p0);
      if (blocks.pack_b) pack_b(s, j0, n, p0, k, blocks.scratch_b);
      for (std::int64_t i0 = 0; i0 < s.m; i0 += blocks.m) {
        const std::int64_t m = std::min(blocks.m, s.m - i0);
        if (blocks.pack_a) pack_a(s, i0, m, p0, k, blocks.scratch_a);
        tiles(s, blocks, Part{i0, m, j0, n, p0, k});
      }
      p0 += k;
    } while (p0 < s.k);
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
