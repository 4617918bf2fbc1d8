#include "glia/nn/pool.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct MaxPool2d {
  MaxPool2dOptions o;
  Value forward(Value x) const {
    return glia::max_pool2d(
        x, {.window = {o.pool_size[0], o.pool_size[1]},
            .stride = {o.stride[0], o.stride[1]},
            .padding = padding_of(o.padding, o.pool_size, o.stride, "max_pool2d")});
  }
  std::string kind() const { return "max_pool2d"; }
};

struct GlobalAveragePool2d {
  Value forward(Value x) const { return glia::global_average_pool2d(x); }
  std::string kind() const { return "global_average_pool2d"; }
};

}  // namespace

Module max_pool2d(MaxPool2dOptions o) {
  expect(o.pool_size[0] > 0 && o.pool_size[1] > 0, "max_pool2d", "pool_size must be at least 1");
  for (std::size_t i = 0; i < 2; ++i)
    if (o.stride[i] == 0) o.stride[i] = o.pool_size[i];
  expect(o.stride[0] > 0 && o.stride[1] > 0, "max_pool2d", "stride must be at least 0");
  const auto padding = padding_of(o.padding, o.pool_size, o.stride, "max_pool2d");
  expect(o.padding.amount >= 0, "max_pool2d", "padding must be at least 0");
  expect(padding[1] < o.pool_size[0] && padding[3] < o.pool_size[1], "max_pool2d",
         fmt::format("padding {} is not smaller than the window {} x {}: a window could lie in "
                     "padding alone",
                     o.padding.amount, o.pool_size[0], o.pool_size[1]));
  return MaxPool2d{o};
}

Module global_average_pool2d() { return GlobalAveragePool2d{}; }

}  // namespace glia::nn
