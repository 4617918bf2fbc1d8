#include "glia/backends/cpu/widened.h"

#include "glia/backends/cpu/bfloat16.h"
#include "glia/backends/cpu/parallel.h"

namespace glia::cpu {
namespace {

std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// An input that is widened, and where in the scratch.
struct Widened {
  std::size_t input, offset;
  std::int64_t elements;
};

}  // namespace

std::optional<Kernel> widened_kernel(const Node& node, int threads, Maker maker) {
  Graph wide;
  Values in;
  std::vector<Widened> inputs;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    Type type = node.inputs[i].type();
    if (type.dtype == DType::bf16) {
      type.dtype = DType::f32;
      inputs.push_back({i, bytes, type.shape.elements()});
      bytes += aligned(type.bytes());
    }
    in.push_back(wide.input(std::to_string(i), type));
  }
  auto kernel = maker(*wide.add(*node.op, in, node.attributes)[0].node(), threads);
  if (!kernel) return std::nullopt;
  kernel->name = "widened " + kernel->name;
  kernel->scratch_bytes += bytes;
  kernel->in_place.clear();
  kernel->run = [inputs, bytes, threads, count = node.inputs.size(), from = bf16_functions().from,
                 run = std::move(kernel->run),
                 pointers = std::vector<void*>()](const Args& args) mutable {
    pointers.assign(args.in, args.in + count);
    for (const Widened& w : inputs) {
      auto* to = reinterpret_cast<float*>(args.scratch + w.offset);
      const int team = worth_threads(threads, 0.3 * static_cast<double>(w.elements));
      split(team, w.elements, [&](std::int64_t first, std::int64_t last) {
        from(to + first, args.input<BFloat16>(static_cast<int>(w.input)) + first, last - first);
      });
      pointers[w.input] = to;
    }
    run({pointers.data(), args.out, args.scratch + bytes});
  };
  return kernel;
}

}  // namespace glia::cpu
