#include "glia/backends/cpu/bf16_matmul.h"
#include "glia/backends/cpu/gemm.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/widened.h"

namespace glia::cpu {

// Threads share the items; only where there are fewer items than threads do they share an item's
// rows or columns instead.
std::optional<Kernel> batch_matmul_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  if (node.inputs[0].dtype() == DType::bf16) {
    auto kernel = bf16_matmul_kernel(node, threads);
    return kernel ? kernel : widened_kernel(node, threads, batch_matmul_kernel);
  }
  const auto c = node.outputs[0].shape.sizes();
  Gemm gemm;
  gemm.m = c[1];
  gemm.n = c[2];
  gemm.transpose_a = node.attributes.flag("transpose_a");
  gemm.transpose_b = node.attributes.flag("transpose_b");
  gemm.k = node.inputs[0].shape()[gemm.transpose_a ? 1 : 2].value();
  const std::int64_t items = c[0];
  const bool share_items = items >= threads;
  gemm.threads = share_items ? 1 : threads;
  const GemmPlan plan = plan_gemm(gemm);
  // About 20 multiply-adds in a nanosecond, and what a call costs.
  const double nanoseconds = 30.0 + static_cast<double>(gemm.m * gemm.n * gemm.k) / 20;
  const int team =
      share_items ? worth_threads(threads, nanoseconds * static_cast<double>(items)) : 1;
  const auto scratch = static_cast<std::int64_t>((scratch_floats(plan) + 15) / 16 * 16);

  Kernel kernel;
  kernel.name = plan.kernel == GemmKernel::onednn ? "dnnl " + onednn_version() + " sgemm" : "simd";
  kernel.scratch_bytes = static_cast<std::size_t>(scratch * team) * sizeof(float);
  kernel.run = [=](const Args& args) {
    const std::int64_t m = plan.gemm.m, n = plan.gemm.n, k = plan.gemm.k;
    split(team, items, [&](std::int64_t first, std::int64_t last) {
      const int self = team > 1 ? omp_get_thread_num() : 0;
      float* const own = reinterpret_cast<float*>(args.scratch) + self * scratch;
      for (std::int64_t i = first; i < last; ++i)
        run_gemm(plan, args.input<float>(0) + i * m * k, args.input<float>(1) + i * k * n, nullptr,
                 args.output<float>(0) + i * m * n, own);
    });
  };
  return kernel;
}

}  // namespace glia::cpu
