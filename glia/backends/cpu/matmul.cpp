#include "glia/backends/cpu/bf16_matmul.h"
#include "glia/backends/cpu/gemm.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/widened.h"
#include "glia/base/format.h"

namespace glia::cpu {

std::optional<Kernel> matmul_kernel(const Node& node, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  if (node.inputs[0].dtype() == DType::bf16) {
    auto kernel = bf16_matmul_kernel(node, threads);
    return kernel ? kernel : widened_kernel(node, threads, matmul_kernel);
  }
  const Attributes& a = node.attributes;
  Gemm gemm;
  gemm.m = node.outputs[0].shape[0].value();
  gemm.n = node.outputs[0].shape[1].value();
  gemm.transpose_a = a.flag("transpose_a");
  gemm.transpose_b = a.flag("transpose_b");
  gemm.k = node.inputs[0].shape()[gemm.transpose_a ? 0 : 1].value();
  gemm.bias = node.inputs.size() == 3;
  gemm.activation = a.text("activation") == "relu" ? Activation::relu : Activation::none;
  gemm.threads = threads;
  const GemmPlan plan = plan_gemm(gemm);
  Kernel kernel;
  kernel.name = plan.kernel == GemmKernel::onednn ? "dnnl " + onednn_version() + " sgemm" : "simd";
  kernel.scratch_bytes = scratch_floats(plan) * sizeof(float);
  const bool bias = gemm.bias;
  kernel.run = [plan, bias](const Args& args) {
    run_gemm(plan, args.input<float>(0), args.input<float>(1),
             bias ? args.input<float>(2) : nullptr, args.output<float>(0),
             reinterpret_cast<float*>(args.scratch));
  };
  return kernel;
}

}  // namespace glia::cpu
