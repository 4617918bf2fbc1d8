#include "glia/backends/cpu/bf16_matmul.h"

#include "glia/backends/cpu/micro_functions.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/parallel.h"

namespace glia::cpu {

std::optional<Kernel> bf16_matmul_kernel(const Node& node, int threads) {
  const Attributes& a = node.attributes;
  const auto c = node.outputs[0].shape.sizes();
  const std::size_t matrix = c.size() - 2;  // its first dimension; items before it
  Bf16Product product;
  product.items = matrix == 1 ? c[0] : 1;
  product.m = c[matrix];
  product.n = c[matrix + 1];
  product.transpose_a = a.flag("transpose_a");
  product.transpose_b = a.flag("transpose_b");
  const int inner = static_cast<int>(matrix) + (product.transpose_a ? 0 : 1);
  product.k = node.inputs[0].shape()[inner].value();
  product.bias = node.inputs.size() == 3;
  // About 50 multiply-adds in a nanosecond.
  const auto elements = static_cast<double>(product.items * product.m * product.n);
  product.threads = worth_threads(threads, elements * static_cast<double>(product.k) / 50);
  const auto planned = OnednnProduct::plan(product);
  if (!planned) return std::nullopt;

  // oneDNN's relu would turn NaN into 0, and so hide it: ours is a pass of its own.
  const bool has_relu = a.has("activation") && a.text("activation") == "relu";
  const MicroFunction relu =
      has_relu ? micro_table().of[static_cast<std::size_t>(Micro::relu)][0] : nullptr;
  const auto n = static_cast<std::int64_t>(elements);
  const int team = worth_threads(threads, 0.1 * elements);
  Kernel kernel{.name = planned->name()};
  kernel.scratch_bytes = planned->scratch_bytes();
  kernel.run = [run = *planned, bias = product.bias, relu, n, team](const Args& args) {
    auto* const y = args.output<float>(0);
    run.run(args.input<BFloat16>(0), args.input<BFloat16>(1), bias ? args.input<float>(2) : nullptr,
            y, args.scratch);
    if (!relu) return;
    split(team, n, [&](std::int64_t first, std::int64_t last) {
      relu(y + first, y + first, y + first, y + first, 0.0f, last - first);
    });
  };
  return kernel;
}

}  // namespace glia::cpu
