#include "glia/nn/combine.h"

#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Concatenate {
  ConcatenateOptions o;
  Value forward(const Values& xs) const {
    return glia::concatenate(xs, o.axis.value_or(xs[0].rank() > 3 ? 1 : xs[0].rank() - 1));
  }
  std::string kind() const { return "concatenate"; }
};

}  // namespace

Module concatenate(ConcatenateOptions options) { return Concatenate{options}; }

}  // namespace glia::nn
