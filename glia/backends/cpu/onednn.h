// Internal: the one adapter to oneDNN. The library is loaded when the first plan asks for it, so
// that a program whose plans are all small never pays for it, and everything of its interface and
// its version stays in onednn_library.cpp, onednn.cpp and onednn_matmul.cpp.
//
// Threads: oneDNN takes their number from OpenMP, when it plans and when it runs. Each call here
// sees to it that both times it is the one of the plan, whatever the caller's settings are, and
// restores those. Its results are the same bits for the same number of threads. Sessions are not
// to be run from inside a parallel region of OpenMP: there oneDNN takes one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "glia/backends/cpu/conv.h"
#include "glia/backends/cpu/gemm.h"

namespace glia::cpu {

bool onednn_available();
// Whether it has instructions for products of bf16 here; without them it emulates, slower than f32.
bool onednn_has_bf16();
std::string onednn_version();  // of the library that is loaded: "2.6.3"; "" where there is none

// C = op(A) * op(B) + (accumulate ? C : 0) on plan.threads threads: no bias, no activation.
void onednn_gemm(const GemmPlan& plan, const float* a, const float* b, float* c);

// Products of bf16 matrices, added up in f32: c[i] = op(a[i]) op(b[i]) + bias. All lie densely.
struct Bf16Product {
  std::int64_t items = 1, m = 0, n = 0, k = 0;
  bool transpose_a = false, transpose_b = false;
  bool bias = false;  // [n]
  int threads = 1;
};

// Such a product planned by oneDNN; copies as of OnednnConv.
class OnednnProduct {
 public:
  // Nothing where oneDNN or its instructions for bf16 are absent, or the product is empty.
  static std::optional<OnednnProduct> plan(const Bf16Product& product);
  OnednnProduct(const OnednnProduct& other);
  OnednnProduct(OnednnProduct&&) noexcept;
  OnednnProduct& operator=(const OnednnProduct&) = delete;
  ~OnednnProduct();

  std::string name() const;           // "dnnl 2.6.3 brg:avx512_core_bf16"
  std::size_t scratch_bytes() const;  // aligned to 64 bytes
  void run(const BFloat16* a, const BFloat16* b, const float* bias, float* c,
           std::byte* scratch) const;

 private:
  struct Plan;   // immutable
  struct State;  // what a run changes
  explicit OnednnProduct(std::shared_ptr<const Plan> plan);
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<State> state_;
};

// A convolution planned by oneDNN. A copy has memory objects of its own and shares with the
// original only what no run changes, so that copies may run at the same time.
class OnednnConv {
 public:
  // Nothing where oneDNN is absent or has nothing better than its reference implementation.
  static std::optional<OnednnConv> plan(const Conv& conv);
  OnednnConv(const OnednnConv& other);
  OnednnConv(OnednnConv&&) noexcept;
  OnednnConv& operator=(const OnednnConv&) = delete;
  ~OnednnConv();

  std::string name() const;           // "dnnl 2.6.3 jit:avx2"
  std::size_t scratch_bytes() const;  // of ConvArgs::scratch, aligned to 64 bytes
  void run(const ConvArgs& args) const;

 private:
  struct Plan;   // immutable
  struct State;  // what a run changes
  explicit OnednnConv(std::shared_ptr<const Plan> plan);
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<State> state_;
};

}  // namespace glia::cpu
