#include "glia/nn/dense.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Dense {
  DenseOptions o;
  static constexpr Masks masks = Masks::pass;
  Value forward(Value x) const {
    if (x.rank() != 2 && x.rank() != 3)
      fail("E-SHAPE-01",
           "[dense] layer '{}': got input of shape {}, expected [N, features] or [N, T, "
           "features]; put a flatten before it",
           x.graph().scope(), x.shape().text());
    const std::int64_t in = x.dim(-1).value();
    const Value weight = parameter(x, "weight", {o.units, in}, o.kernel_initializer, {.l2 = o.l2});
    Value y = matmul(x, weight, {.transpose_b = true});
    if (o.bias)
      y = y + parameter(x, "bias", {o.units}, o.bias_initializer, {.fans = Fans{in, o.units}});
    return o.activation.forward(y);
  }
  std::string kind() const { return "dense"; }
};

}  // namespace

Module dense(DenseOptions options) {
  expect_in_range({options.units}, 1, "dense", "units", kMostFeatures);
  expect_at_least_0(options.l2, "dense", "l2");
  return Dense{std::move(options)};
}

}  // namespace glia::nn
