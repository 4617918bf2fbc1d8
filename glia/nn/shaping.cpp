#include "glia/nn/shaping.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Flatten {
  Value forward(Value x) const {
    if (x.rank() < 2)
      fail("E-SHAPE-01", "[flatten] layer '{}': got shape {}, expected [N, ...]", x.graph().scope(),
           x.shape().text());
    Shape rest;
    for (int i = 1; i < x.rank(); ++i) rest.push_back(x.dim(i));
    return reshape(x, {x.dim(0), rest.element_dim()});
  }
  std::string kind() const { return "flatten"; }
};

}  // namespace

Module flatten() { return Flatten{}; }

}  // namespace glia::nn
