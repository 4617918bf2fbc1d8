#include "glia/backends/cpu/gemm_onednn.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <omp.h>

#include <cassert>
#include <string>

namespace glia::cpu {
namespace {

using Sgemm = decltype(&dnnl_sgemm);

Sgemm load_sgemm() {
  const std::string name = "libdnnl.so." + std::to_string(DNNL_VERSION_MAJOR);
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays loaded
  return library ? reinterpret_cast<Sgemm>(dlsym(library, "dnnl_sgemm")) : nullptr;
}

Sgemm sgemm() {
  static const Sgemm function = load_sgemm();
  return function;
}

}  // namespace

bool onednn_gemm_available() { return sgemm() != nullptr; }

void onednn_gemm(const GemmPlan& plan, const float* a, const float* b, float* c) {
  const Gemm& g = plan.gemm;
  // oneDNN takes its number of threads from OpenMP.
  const int before = omp_get_max_threads();
  if (before != plan.threads) omp_set_num_threads(plan.threads);
  [[maybe_unused]] const dnnl_status_t status =
      sgemm()(g.transpose_a ? 'T' : 'N', g.transpose_b ? 'T' : 'N', g.m, g.n, g.k, 1.0f, a, g.lda,
              b, g.ldb, g.accumulate ? 1.0f : 0.0f, c, g.ldc);
  if (before != plan.threads) omp_set_num_threads(before);
  assert(status == dnnl_success);
}

}  // namespace glia::cpu
