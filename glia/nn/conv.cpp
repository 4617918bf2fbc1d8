#include "glia/nn/conv.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

struct Conv2d {
  Conv2dOptions o;
  Value forward(Value x) const {
    if (x.rank() != 4)
      fail("E-SHAPE-01", "[conv2d] layer '{}': got input of shape {}, expected [N, C, H, W]",
           x.graph().scope(), x.shape().text());
    const std::int64_t channels = x.dim(1).value();
    if (channels % o.groups != 0)
      fail("E-SHAPE-03", "[conv2d] layer '{}': {} channels cannot be split into {} groups",
           x.graph().scope(), channels, o.groups);
    const Shape shape{o.filters, channels / o.groups, o.kernel_size[0], o.kernel_size[1]};
    const Value weight = parameter(x, "weight", shape, o.kernel_initializer, {.l2 = o.l2});
    const std::array<std::int64_t, 2> reach{o.dilation[0] * (o.kernel_size[0] - 1) + 1,
                                            o.dilation[1] * (o.kernel_size[1] - 1) + 1};
    Value y = glia::conv2d(x, weight,
                           {.stride = {o.stride[0], o.stride[1]},
                            .padding = padding_of(o.padding, reach, o.stride, "conv2d"),
                            .dilation = {o.dilation[0], o.dilation[1]},
                            .groups = o.groups});
    if (o.bias) {
      const Value bias =
          parameter(x, "bias", {o.filters}, o.bias_initializer, {.fans = fans_of(shape)});
      y = y + reshape(bias, {1, o.filters, 1, 1});
    }
    return o.activation.apply(y);
  }
  std::string kind() const { return "conv2d"; }
};

}  // namespace

Module conv2d(Conv2dOptions o) {
  expect(o.filters > 0, "conv2d", fmt::format("filters is {}, expected at least 1", o.filters));
  expect(o.groups > 0 && o.filters % o.groups == 0, "conv2d",
         fmt::format("{} filters cannot be split into {} groups", o.filters, o.groups));
  for (const auto& pair : {o.kernel_size, o.stride, o.dilation})
    expect(in_range(pair[0], 1) && in_range(pair[1], 1), "conv2d",
           "kernel_size, stride and dilation must be at least 1, and at most 65536");
  expect(in_range(o.padding.amount, 0), "conv2d", "padding must be at least 0, and at most 65536");
  padding_of(o.padding, o.kernel_size, o.stride, "conv2d");
  expect(o.l2 >= 0, "conv2d", fmt::format("l2 is {}, expected at least 0", o.l2));
  return Conv2d{std::move(o)};
}

}  // namespace glia::nn
