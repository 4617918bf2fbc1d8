// conv2d and its gradients: oneDNN, or products of our own where it has nothing good.
#include "glia/backends/cpu/conv.h"

#include "glia/backends/cpu/conv_columns.h"
#include "glia/backends/cpu/conv_weight.h"
#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/micro_functions.h"
#include "glia/backends/cpu/onednn.h"
#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd.h"
#include "glia/backends/cpu/widened.h"
#include "glia/ops/conv.h"

namespace glia::cpu {
namespace {

// Nothing where dtypes or layouts are not ours.
std::optional<Conv> conv_of(const Node& node, ConvPass pass, const Type& x, const Shape& weight,
                            const Type& y, int threads) {
  if (node.outputs[0].dtype != DType::f32) return std::nullopt;
  if (x.layout != y.layout || x.layout == Layout::blocked8) return std::nullopt;
  const ConvGeometry g(node.attributes);
  const auto in = x.shape.sizes(), w = weight.sizes(), out = y.shape.sizes();
  Conv c;
  c.pass = pass;
  c.layout = x.layout;
  c.batch = in[0], c.channels = in[1], c.height = in[2], c.width = in[3];
  c.filters = w[0], c.kernel_height = w[2], c.kernel_width = w[3], c.groups = g.groups;
  c.out_height = out[2], c.out_width = out[3];
  c.stride_y = g.stride[0], c.stride_x = g.stride[1];
  c.dilation_y = g.dilation[0], c.dilation_x = g.dilation[1];
  c.top = g.padding[0], c.bottom = g.padding[1], c.left = g.padding[2], c.right = g.padding[3];
  c.threads = threads;
  c.bf16 = node.inputs[0].dtype() == DType::bf16;
  return c;
}

// Where oneDNN computes whole vectors of channels of which few are there. This rule and the next
// are static; docs/notes/kernels.md says what was measured.
bool columns_are_better(const Conv& c) {
  return c.pass == ConvPass::input_gradient && c.layout == Layout::channels_last &&
         c.group_channels() <= 4;
}

// 1.2 to 1.4 times as fast as oneDNN on AVX2; on others nobody has measured it.
bool tiles_are_better(const Conv& c) {
  return c.pass == ConvPass::weight_gradient && c.layout == Layout::channels_last &&
         c.groups == 1 && (c.channels == 1 || c.channels >= 16) && instruction_set() == "AVX2";
}

using Arrange = ConvArgs (*)(const Args& args);

// oneDNN's relu would turn NaN into 0, and so hide it: ours is a pass of its own.
Kernel onednn_kernel(OnednnConv conv, const Conv& c, Arrange arrange) {
  Kernel kernel{.name = conv.name()};
  kernel.scratch_bytes = conv.scratch_bytes();
  const MicroFunction relu =
      c.relu ? micro_table().of[static_cast<std::size_t>(Micro::relu)][0] : nullptr;
  const std::int64_t n = c.y_elements();
  const int team = worth_threads(c.threads, 0.1 * static_cast<double>(n));
  kernel.run = [conv = std::move(conv), arrange, relu, n, team](const Args& args) {
    const ConvArgs buffers = arrange(args);
    conv.run(buffers);
    if (!relu) return;
    split(team, n, [&](std::int64_t first, std::int64_t last) {
      float* const y = buffers.y + first;
      relu(y, y, y, y, 0.0f, last - first);
    });
  };
  return kernel;
}

std::optional<Kernel> make_kernel(const Node& node, const std::optional<Conv>& conv, Maker maker,
                                  Arrange arrange) {
  if (!conv) return std::nullopt;
  if (conv->bf16) {
    if (auto planned = OnednnConv::plan(*conv)) return onednn_kernel(*planned, *conv, arrange);
    return widened_kernel(node, conv->threads, maker);
  }
  if (tiles_are_better(*conv)) {
    const WeightPlan plan = plan_weight_gradient(*conv);
    return Kernel{"simd tiles",
                  [plan, arrange](const Args& args) { run_weight_gradient(plan, arrange(args)); },
                  plan.scratch_bytes()};
  }
  if (!columns_are_better(*conv))
    if (auto planned = OnednnConv::plan(*conv)) return onednn_kernel(*planned, *conv, arrange);
  const ColumnPlan plan = plan_columns(*conv);
  return Kernel{"simd columns",
                [plan, arrange](const Args& args) { run_columns(plan, arrange(args)); },
                plan.scratch_bytes()};
}

float* changeable(const Args& args, int input) { return static_cast<float*>(args.in[input]); }

}  // namespace

std::optional<Kernel> conv2d_kernel(const Node& node, int threads) {
  auto conv = conv_of(node, ConvPass::forward, node.inputs[0].type(), node.inputs[1].shape(),
                      node.outputs[0], threads);
  if (conv) {
    conv->bias = node.inputs.size() == 3;
    conv->relu = node.attributes.text("activation") == "relu";
  }
  if (conv && conv->bias)
    return make_kernel(node, conv, conv2d_kernel, [](const Args& args) {
      return ConvArgs{changeable(args, 0), changeable(args, 1), args.input<float>(2),
                      args.output<float>(0), args.scratch};
    });
  return make_kernel(node, conv, conv2d_kernel, [](const Args& args) {
    return ConvArgs{changeable(args, 0), changeable(args, 1), nullptr, args.output<float>(0),
                    args.scratch};
  });
}

std::optional<Kernel> conv2d_input_gradient_kernel(const Node& node, int threads) {
  return make_kernel(node,
                     conv_of(node, ConvPass::input_gradient, node.outputs[0],
                             node.inputs[0].shape(), node.inputs[1].type(), threads),
                     conv2d_input_gradient_kernel, [](const Args& args) {
                       return ConvArgs{args.output<float>(0), changeable(args, 0), nullptr,
                                       changeable(args, 1), args.scratch};
                     });
}

std::optional<Kernel> conv2d_weight_gradient_kernel(const Node& node, int threads) {
  return make_kernel(node,
                     conv_of(node, ConvPass::weight_gradient, node.inputs[0].type(),
                             node.outputs[0].shape, node.inputs[1].type(), threads),
                     conv2d_weight_gradient_kernel, [](const Args& args) {
                       return ConvArgs{changeable(args, 0), args.output<float>(0), nullptr,
                                       changeable(args, 1), args.scratch};
                     });
}

}  // namespace glia::cpu
