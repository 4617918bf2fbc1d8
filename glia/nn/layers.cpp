#include "glia/nn/layers.h"

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/ops/ops.h"

namespace glia::nn {

const Activation linear{"linear", [](Value x) { return x; }};
const Activation sigmoid{"sigmoid", [](Value x) { return glia::sigmoid(x); }};
const Activation tanh{"tanh", [](Value x) { return glia::tanh(x); }};
const Activation relu{"relu", [](Value x) { return glia::relu(x); }};
const Activation leaky_relu{"leaky_relu", [](Value x) { return glia::leaky_relu(x); }};
const Activation softmax{"softmax", [](Value x) { return glia::softmax(x, -1); }};

namespace {

const std::vector<const Activation*>& activations() {
  static const std::vector<const Activation*> all{&linear, &sigmoid,    &tanh,
                                                  &relu,   &leaky_relu, &softmax};
  return all;
}

void expect(bool good, std::string_view layer, std::string_view what) {
  if (!good) fail("E-OPTION-01", "[{}] {}", layer, what);
}

struct LeakyRelu {
  double slope;
  Value forward(Value x) const { return glia::leaky_relu(x, slope); }
  std::string kind() const { return "leaky_relu"; }
};

struct Dense {
  DenseOptions o;
  Value forward(Value x) const {
    if (x.rank() != 2)
      fail("E-SHAPE-01",
           "[dense] layer '{}': got input of shape {}, expected [N, features]; put a flatten "
           "before it",
           x.graph().scope(), x.shape().text());
    const std::int64_t in = x.dim(1).value();
    const Value weight = parameter(x, "weight", {o.units, in}, o.kernel_initializer, {.l2 = o.l2});
    Value y = matmul(x, weight, {.transpose_b = true});
    if (o.bias)
      y = y + parameter(x, "bias", {o.units}, o.bias_initializer, {.fans = Fans{in, o.units}});
    return o.activation.apply(y);
  }
  std::string kind() const { return "dense"; }
};

// {top, bottom, left, right} for a window.
std::vector<std::int64_t> padding_of(const Padding& padding, std::array<std::int64_t, 2> window,
                                     std::array<std::int64_t, 2> stride, std::string_view layer) {
  if (padding.kind == Padding::Kind::amount) return std::vector<std::int64_t>(4, padding.amount);
  if (padding.kind == Padding::Kind::valid) return {0, 0, 0, 0};
  expect(stride[0] == 1 && stride[1] == 1, layer,
         "padding 'same' means one size only at stride 1: give the padding as a number");
  const std::int64_t high = window[0] - 1, wide = window[1] - 1;
  return {high / 2, high - high / 2, wide / 2, wide - wide / 2};
}

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

struct Dropout {
  double rate;
  Value forward(Value x) const {
    Graph& graph = x.graph();
    if (!graph.training || rate == 0) return x;
    return x * dropout_mask(x, step_counter(graph), rate, graph.seed,
                            stream_id("dropout:" + graph.scope()));
  }
  std::string kind() const { return "dropout"; }
};

}  // namespace

std::vector<std::string> activation_names() {
  std::vector<std::string> names;
  for (const auto* a : activations()) names.push_back(a->name);
  return names;
}

Activation activation(std::string_view name) {
  for (const auto* a : activations())
    if (a->name == name) return *a;
  fail("E-NN-01", "unknown activation '{}'{}", name, suggest(name, activation_names()));
}

Module leaky_relu_with(double slope) { return LeakyRelu{slope}; }

Module dense(DenseOptions options) {
  expect(options.units > 0, "dense",
         fmt::format("units is {}, expected at least 1", options.units));
  expect(options.l2 >= 0, "dense", fmt::format("l2 is {}, expected at least 0", options.l2));
  return Dense{std::move(options)};
}

// Far beyond every image, and so small that no size of a window overflows.
static bool in_range(std::int64_t size, std::int64_t least) {
  return size >= least && size <= 65536;
}

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
Module flatten() { return Flatten{}; }

Module batch_norm(BatchNormOptions o) {
  expect(o.momentum >= 0 && o.momentum <= 1, "batch_norm",
         fmt::format("momentum is {}, expected 0 to 1", o.momentum));
  expect(o.epsilon > 0, "batch_norm",
         fmt::format("epsilon is {}, expected more than 0", o.epsilon));
  return BatchNorm{o};
}

Module dropout(DropoutOptions o) {
  expect(o.rate >= 0 && o.rate < 1, "dropout",
         fmt::format("rate is {}, expected 0 <= rate < 1", o.rate));
  return Dropout{o.rate};
}

}  // namespace glia::nn
