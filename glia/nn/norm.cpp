#include "glia/nn/norm.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct BatchNorm {
  BatchNormOptions o;
  Value forward(Value x) const {
    if (x.rank() != 2 && x.rank() != 4)
      fail("E-SHAPE-01", "[batch_norm] layer '{}': got shape {}, expected [N, C] or [N, C, H, W]",
           x.graph().scope(), x.shape().text());
    const Dim channels = x.dim(1);
    const Value weight = parameter(x, "weight", {channels}, ones());
    const Value bias = parameter(x, "bias", {channels}, zeros());
    const Value mean = parameter(x, "running_mean", {channels}, zeros(), {.role = Role::statistic});
    const Value variance =
        parameter(x, "running_var", {channels}, ones(), {.role = Role::statistic});
    return x.graph().training ? by_batch(x, weight, bias, mean, variance)
                              : by_running(x, weight, bias, mean, variance);
  }
  std::string kind() const { return "batch_norm"; }

 private:
  Value by_batch(Value x, Value weight, Value bias, Value mean, Value variance) const {
    const auto batch = glia::batch_norm(x, weight, bias, o.epsilon);
    const Value n =
        element_count(x, x.rank() == 2 ? std::vector<int>{0} : std::vector<int>{0, 2, 3});
    // A batch of one value has no unbiased variance: PyTorch refuses it, here it counts as it is.
    const Value unbiased = batch.variance * (n / maximum(n - 1.0, 1.0));
    x.graph().update(mean, mean * (1 - o.momentum) + batch.mean * o.momentum);
    x.graph().update(variance, variance * (1 - o.momentum) + unbiased * o.momentum);
    return batch.y;
  }
  Value by_running(Value x, Value weight, Value bias, Value mean, Value variance) const {
    const Value scale = weight / glia::sqrt(variance + o.epsilon);
    const Value shift = bias - mean * scale;
    Shape channels;
    for (int i = 0; i < x.rank(); ++i) channels.push_back(i == 1 ? x.dim(1) : Dim(1));
    return x * reshape(scale, channels) + reshape(shift, channels);
  }
};

}  // namespace

Module batch_norm(BatchNormOptions o) {
  expect(o.momentum >= 0 && o.momentum <= 1, "batch_norm",
         fmt::format("momentum is {}, expected 0 to 1", o.momentum));
  expect(o.epsilon > 0, "batch_norm",
         fmt::format("epsilon is {}, expected more than 0", o.epsilon));
  return BatchNorm{o};
}

}  // namespace glia::nn
