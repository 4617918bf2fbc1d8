#include "glia/nn/noise.h"

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Dropout {
  double rate;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    Graph& graph = x.graph();
    if (!graph.training || rate == 0) return x;
    return x * dropout_mask(x, step_counter(graph), rate, graph.seed,
                            stream_id("dropout:" + graph.scope()));
  }
  std::string kind() const { return "dropout"; }
};

}  // namespace

Module dropout(DropoutOptions o) {
  expect(o.rate >= 0 && o.rate < 1, "dropout",
         fmt::format("rate is {}, expected 0 <= rate < 1", o.rate));
  return Dropout{o.rate};
}

}  // namespace glia::nn
