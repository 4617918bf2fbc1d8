// Internal: the one door to matrix products in f32.
//
//   C[m,n] = activation( op(A)[m,k] * op(B)[k,n] + bias[n] + (accumulate ? C : 0) )
//
// All matrices are row-major with a leading dimension: the distance between the starts of two rows
// of the matrix as it lies in memory, in elements. op(X) is X, or its transpose where the flag is
// set: with transpose_a, A lies in memory as [k,m]; with transpose_b, B as [n,k]. A dense layer
// with PyTorch's weight W[out,in] is forward: NT (B = W), dX = dY * W: NN, dW = dY^T * X: TN.
//
// A product is planned once and then run any number of times. The plan chooses the kernel by a
// static rule over the shape (docs/notes/kernels.md says what was measured), never by timing, so
// that the same shape gives the same bits on the same machine. A run allocates nothing, except in
// oneDNN, which is loaded when the first plan asks for it.
//
// Determinism: threads share the rows or the columns of C, never k, and the kernels of our own add
// up every element of C in the same order wherever it lies in a tile: their results are the same
// bits for every number of threads. Those of oneDNN are the same for the same number of threads.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glia::cpu {

enum class Activation : std::uint8_t { none, relu };  // relu(NaN) is NaN

// What is fixed when a step is planned.
struct Gemm {
  std::int64_t m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  std::int64_t lda = 0, ldb = 0, ldc = 0;  // 0: rows lie densely
  bool bias = false;
  bool accumulate = false;
  Activation activation = Activation::none;
  int threads = 1;  // at most so many; a plan takes fewer where the work is not worth them
};

// What computes a product. `automatic` leaves the choice to the rule; tests and benchmarks name
// one.
enum class GemmKernel : std::uint8_t {
  automatic,
  dot,    // reads both operands along k: NT with few rows, matrix times vector
  tile,   // register tiles over A and B where they lie, or over packed copies of them
  onednn  // dnnl_sgemm: large products
};

struct GemmPlan {
  Gemm gemm;
  GemmKernel kernel = GemmKernel::tile;
  int threads = 1;                     // taken
  bool split_columns = false;          // threads share n; otherwise m
  bool swapped = false;                // n = 1: computed as the row vector C^T = op(B)^T * op(A)^T
  bool pack_b = false;                 // panels of B are copied to scratch
  std::int64_t block_k = 0;            // k is walked in blocks of so many steps
  std::size_t scratch_per_thread = 0;  // floats
};

// Throws E-GEMM-01 (a negative size), E-GEMM-02 (a leading dimension shorter than a row),
// E-GEMM-03 (no threads), E-GEMM-04 (the named kernel cannot compute this product),
// E-GEMM-05 (oneDNN is not on this machine and was asked for by name).
GemmPlan plan_gemm(const Gemm& gemm, GemmKernel kernel = GemmKernel::automatic);

// Floats of scratch that run_gemm needs; 0 for most small products. The scratch is aligned to 64
// bytes and is not shared between products that run at the same time.
std::size_t scratch_floats(const GemmPlan& plan);

// a, b, c: as described above; c overlaps neither of them. bias: [n], or null where plan.gemm.bias
// is false. With accumulate false, C is written and never read. k = 0 leaves bias and accumulation.
void run_gemm(const GemmPlan& plan, const float* a, const float* b, const float* bias, float* c,
              float* scratch);

}  // namespace glia::cpu
