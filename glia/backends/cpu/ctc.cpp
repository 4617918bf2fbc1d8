// Connectionist temporal classification: threads share rows; double precision inside.
#include "glia/backends/ctc_row.h"

#include "glia/backends/cpu/kernels.h"
#include "glia/backends/cpu/parallel.h"

namespace glia::cpu {
namespace {

// Calls f(row's number, its lattice) for every row; `place_ns`: what a place at a step costs.
template <class F>
std::optional<Kernel> for_rows(const Node& node, int threads, double place_ns, F f) {
  const Shape& shape = node.inputs[0].shape();
  if (node.inputs[0].dtype() != DType::f32) return std::nullopt;
  const std::int64_t rows = shape[0].value(), steps = shape[1].value(), classes = shape[2].value();
  const std::int64_t length = node.inputs[1].shape()[1].value();
  const std::int64_t blank = node.attributes.integer("blank");
  const int team =
      worth_threads(threads, place_ns * static_cast<double>(rows * steps * (2 * length + 1)));
  Kernel kernel{.name = "rows"};
  kernel.run = [=](const Args& args) {
    split(team, rows, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t n = first; n < last; ++n) {
        const std::int64_t* labels = args.input<std::int64_t>(1) + n * length;
        CtcRow<float> row(args.input<float>(0) + n * steps * classes,
                          std::clamp<std::int64_t>(args.input<std::int64_t>(2)[n], 0, steps),
                          classes, labels, labels + length, blank);
        f(args, n, row, steps * classes);
      }
    });
  };
  return kernel;
}

}  // namespace

std::optional<Kernel> ctc_loss_kernel(const Node& node, int threads) {
  return for_rows(node, threads, 40,
                  [](const Args& args, std::int64_t n, CtcRow<float>& row, std::int64_t) {
                    args.output<float>(0)[n] = static_cast<float>(row.loss());
                  });
}

std::optional<Kernel> ctc_loss_gradient_kernel(const Node& node, int threads) {
  return for_rows(node, threads, 100,
                  [](const Args& args, std::int64_t n, CtcRow<float>& row, std::int64_t size) {
                    float* gradient = args.output<float>(0) + n * size;
                    std::fill_n(gradient, size, 0.0f);
                    row.gradient(args.input<float>(3)[n], gradient);
                  });
}

}  // namespace glia::cpu
