#include "glia/backends/cpu/gemm.h"

#include <omp.h>

#include <algorithm>
#include <cassert>
#include <string_view>

#include "glia/backends/cpu/gemm_kernels.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/base/format.h"

namespace glia::cpu {
namespace {

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::int64_t round_up(std::int64_t a, std::int64_t b) { return ceil_div(a, b) * b; }

// The rule: thresholds found by bench/kernels, see docs/notes/kernels.md.
constexpr std::int64_t kBlockK = 400;             // a panel of B about fits L1
constexpr std::int64_t kPackRows = 96;            // from so many rows a copy of B pays anyway
constexpr std::int64_t kWorkOfOnednn = 1 << 28;   // multiply-adds from which oneDNN is as good
constexpr std::int64_t kWorkOfAThread = 1 << 17;  // multiply-adds below which a thread does not pay

void check_leading(std::string_view name, std::int64_t leading, std::int64_t row) {
  if (leading < row)
    fail("E-GEMM-02",
         "gemm: leading dimension of {} is {}; its rows have {} elements; pass at "
         "least that, or 0 for dense rows",
         name, leading, row);
}

Gemm checked(Gemm g) {
  if (g.m < 0 || g.n < 0 || g.k < 0)
    fail("E-GEMM-01", "gemm: sizes m={}, n={}, k={}; expected none below 0", g.m, g.n, g.k);
  if (g.threads < 1) fail("E-GEMM-03", "gemm: {} threads; expected at least 1", g.threads);
  const std::int64_t row_a = std::max<std::int64_t>(1, g.transpose_a ? g.m : g.k);
  const std::int64_t row_b = std::max<std::int64_t>(1, g.transpose_b ? g.k : g.n);
  const std::int64_t row_c = std::max<std::int64_t>(1, g.n);
  if (g.lda == 0) g.lda = row_a;
  if (g.ldb == 0) g.ldb = row_b;
  if (g.ldc == 0) g.ldc = row_c;
  check_leading("A", g.lda, row_a);
  check_leading("B", g.ldb, row_b);
  check_leading("C", g.ldc, row_c);
  return g;
}

// The operands as strides; where the plan is swapped, of C^T = op(B)^T * op(A)^T.
Product product_of(const GemmPlan& plan) {
  const Gemm& g = plan.gemm;
  Product p;
  p.k = g.k;
  p.accumulate = g.accumulate;
  p.relu = g.activation == Activation::relu;
  const std::int64_t a_row = g.transpose_a ? 1 : g.lda, a_step = g.transpose_a ? g.lda : 1;
  const std::int64_t b_step = g.transpose_b ? 1 : g.ldb, b_column = g.transpose_b ? g.ldb : 1;
  if (plan.swapped) {
    p.m = g.n, p.n = g.m;
    p.a_row = b_column, p.a_step = b_step;
    p.b_step = a_step, p.b_column = a_row;
    p.bias_step = 0;
    p.c_row = g.m;
  } else {
    p.m = g.m, p.n = g.n;
    p.a_row = a_row, p.a_step = a_step;
    p.b_step = b_step, p.b_column = b_column;
    p.c_row = g.ldc;
  }
  return p;
}

GemmKernel choose(const Product& p) {
  const bool along_k = p.a_step == 1 && p.b_step == 1;
  if (along_k && p.b_column != 1 && (p.m <= 3 || (p.m <= 6 && p.k >= 128))) return GemmKernel::dot;
  const bool large = p.m >= 64 && p.n >= 64 && p.k >= 64 && p.m * p.n * p.k >= kWorkOfOnednn;
  return large && onednn_available() ? GemmKernel::onednn : GemmKernel::tile;
}

// Columns where every thread gets whole panels of its own, else rows.
void choose_threads(GemmPlan& plan, const Product& p) {
  const std::int64_t work = p.m * p.n * p.k;
  plan.threads = static_cast<int>(
      std::clamp<std::int64_t>(work / kWorkOfAThread, 1, std::max(1, plan.gemm.threads)));
  if (plan.threads == 1) return;
  const std::int64_t panels = ceil_div(p.n, panel_columns());
  plan.split_columns =
      panels % plan.threads == 0 || panels >= 4 * plan.threads || p.m < kTileRows * plan.threads;
  const std::int64_t parts = plan.split_columns ? panels : p.m;
  plan.threads = static_cast<int>(std::min<std::int64_t>(plan.threads, parts));
}

void choose_blocks(GemmPlan& plan, const Product& p) {
  plan.block_k = std::max<std::int64_t>(1, p.k);
  if (p.m == 1 && p.b_column == 1) return;  // B is read once
  plan.block_k = round_up(ceil_div(plan.block_k, ceil_div(plan.block_k, kBlockK)), 8);
  plan.pack_b = p.b_column != 1 || p.m >= kPackRows;
  if (plan.pack_b)
    plan.scratch_per_thread =
        static_cast<std::size_t>(round_up(panel_columns() * plan.block_k, 16));
}

// Part `index` of `parts` of an extent, in whole units.
struct Range {
  std::int64_t begin, end;
};
Range share(std::int64_t extent, std::int64_t unit, int index, int parts) {
  const std::int64_t units = ceil_div(extent, unit);
  return {std::min(extent, units * index / parts * unit),
          std::min(extent, units * (index + 1) / parts * unit)};
}

void run_part(const GemmPlan& plan, Product p, int index, float* scratch) {
  if (plan.split_columns) {
    const Range r = share(p.n, panel_columns(), index, plan.threads);
    p.n = r.end - r.begin;
    p.b += r.begin * p.b_column;
    p.c += r.begin;
    if (p.bias) p.bias += r.begin * p.bias_step;
  } else {
    const Range r = share(p.m, 1, index, plan.threads);
    p.m = r.end - r.begin;
    p.a += r.begin * p.a_row;
    p.c += r.begin * p.c_row;
  }
  if (p.m == 0 || p.n == 0) return;
  if (plan.kernel == GemmKernel::dot) return dot_product(p);
  float* const panel = scratch + static_cast<std::size_t>(index) * plan.scratch_per_thread;
  tile_product(p, Blocks{plan.block_k, plan.pack_b, plan.pack_b ? panel : nullptr});
}

void finish_rows(const Gemm& g, const float* bias, float* c) {
  const bool relu = g.activation == Activation::relu;
  if (!bias && !relu) return;
  for (std::int64_t i = 0; i < g.m; ++i, c += g.ldc)
    for (std::int64_t j = 0; j < g.n; ++j) {
      const float y = bias ? c[j] + bias[j] : c[j];
      c[j] = relu && y < 0.0f ? 0.0f : y;
    }
}

}  // namespace

GemmPlan plan_gemm(const Gemm& gemm, GemmKernel kernel) {
  GemmPlan plan;
  plan.gemm = checked(gemm);
  const Gemm& g = plan.gemm;
  plan.swapped = g.n == 1 && g.m > 1 && g.ldc == 1 && kernel != GemmKernel::onednn;
  Product p = product_of(plan);
  plan.kernel = kernel == GemmKernel::automatic ? choose(p) : kernel;
  const bool empty = g.m == 0 || g.n == 0 || g.k == 0;
  if (plan.kernel == GemmKernel::onednn && empty) plan.kernel = GemmKernel::tile;
  if (plan.kernel == GemmKernel::onednn) {
    if (!onednn_available())
      fail("E-GEMM-05",
           "gemm: oneDNN was asked for and libdnnl cannot be loaded; install it, or "
           "leave the choice of the kernel to the plan");
    plan.threads = g.threads;
    return plan;
  }
  if (plan.kernel == GemmKernel::dot && (p.a_step != 1 || p.b_step != 1))
    fail("E-GEMM-04",
         "gemm: the dot kernel reads both operands along k; got transpose_a={}, "
         "transpose_b={}; expected A as [m,k] and B as [n,k]",
         g.transpose_a, g.transpose_b);
  choose_threads(plan, p);
  if (plan.kernel == GemmKernel::tile) choose_blocks(plan, p);
  return plan;
}

std::size_t scratch_floats(const GemmPlan& plan) {
  return plan.scratch_per_thread * static_cast<std::size_t>(plan.threads);
}

void run_gemm(const GemmPlan& plan, const float* a, const float* b, const float* bias, float* c,
              float* scratch) {
  const Gemm& g = plan.gemm;
  if (g.m == 0 || g.n == 0) return;
  assert((bias != nullptr) == g.bias);
  if (!g.bias) bias = nullptr;
  if (plan.kernel == GemmKernel::onednn) {
    onednn_gemm(plan, a, b, c);
    return finish_rows(g, bias, c);
  }
  Product p = product_of(plan);
  p.a = plan.swapped ? b : a;
  p.b = plan.swapped ? a : b;
  p.bias = bias;
  p.c = c;
  if (plan.threads == 1) return run_part(plan, p, 0, scratch);
#pragma omp parallel num_threads(plan.threads)
  for (int part = omp_get_thread_num(); part < plan.threads; part += omp_get_num_threads())
    run_part(plan, p, part, scratch);
}

}  // namespace glia::cpu
