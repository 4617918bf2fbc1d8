#include "glia/nn/norm.h"

#include <cmath>
#include <numeric>

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// (x - mean) / sqrt(variance + epsilon) over these axes: the one place for a kernel of one sweep.
Value standardize(Value x, const std::vector<int>& axes, double epsilon) {
  const Value centred = x - reduce_mean(x, axes, true);
  return centred / glia::sqrt(reduce_mean(square(centred), axes, true) + epsilon);
}

// Where the channels stand; `axis` as the options have it.
int channel_axis(Value x, std::optional<int> axis, std::string_view layer) {
  const int rank = x.rank();
  if (rank < 2 || rank > 5)
    fail("E-SHAPE-01", "[{}] layer '{}': got shape {}, expected [N, C], [N, T, C], {}", layer,
         x.graph().scope(), x.shape().text(), "[N, C, H, W] or [N, C, D, H, W]");
  int at = axis.value_or(feature_axis(rank));
  if (at < 0) at += rank;
  if (at < 1 || at >= rank)
    fail("E-SHAPE-08", "[{}] layer '{}': axis is {}, expected 1 to {} of {}", layer,
         x.graph().scope(), *axis, rank - 1, x.shape().text());
  expect_features(x, at, layer);
  return at;
}

// Channels at axis 1, and back.
struct ChannelsFirst {
  ChannelsFirst(Value x, int at) {
    there.resize(static_cast<std::size_t>(x.rank()));
    std::iota(there.begin(), there.end(), 0);
    back = there;
    for (int i = 1; i <= at; ++i) there[static_cast<std::size_t>(i)] = i == 1 ? at : i - 1;
    for (std::size_t i = 0; i < there.size(); ++i)
      back[static_cast<std::size_t>(there[i])] = static_cast<int>(i);
    value = at == 1 ? x : transpose(x, there);
  }
  Value restore(Value y) const { return there[1] == 1 ? y : transpose(y, back); }

  Value value;
  std::vector<int> there, back;
};

// [C] as it broadcasts to x: [N, C, ...].
Value along_channels(Value v, Value x) {
  Shape shape(std::vector<Dim>(static_cast<std::size_t>(x.rank()), Dim(1)));
  shape[1] = x.dim(1);
  return reshape(v, shape);
}

Value with_mask_of(Value y, Value x) {
  if (const Value mask = x.graph().mask(x)) x.graph().set_mask(y, mask);
  return y;
}

void check_epsilon(double epsilon, std::string_view layer) {
  expect(epsilon > 0 && std::isfinite(epsilon), layer,
         fmt::format("epsilon is {}, expected more than 0", epsilon));
}

struct BatchNorm {
  BatchNormOptions o;
  static constexpr Masks masks = Masks::own;
  Value forward(Value input) const {
    const int axis = channel_axis(input, o.axis, kind());
    const Dim channels = input.dim(axis);
    if (axis == input.rank() - 1) {  // each place is a row
      Dim rows = 1;
      for (int i = 0; i < axis; ++i) rows = rows * input.dim(i);
      Value real = input.graph().mask(input);
      if (real) real = reshape(real, {rows, 1});
      const Value y = normalized(reshape(input, {rows, channels}), real);
      return with_mask_of(reshape(y, input.shape()), input);
    }
    if (axis == 1) refuse_mask(input, kind(), "leave the features in the last axis");
    const ChannelsFirst first(input, axis);
    return first.restore(reshape(normalized(as_images(first.value), {}), first.value.shape()));
  }
  std::string kind() const { return "batch_norm"; }

 private:
  // x: what the op knows, [N, C] or [N, C, H, W]. real: which rows of [N, C] count, [N, 1]; empty:
  // all.
  Value normalized(Value x, Value real) const {
    const Shape each{x.dim(1)};
    const Value weight = o.scale ? parameter(x, "weight", each, ones()) : filled(x, 1);
    const Value bias = o.center ? parameter(x, "bias", each, zeros()) : filled(x, 0);
    if (!o.track_statistics) return of_batch(x, real, weight, bias).y;
    const Value mean = parameter(x, "running_mean", each, zeros(), {.role = Role::statistic});
    const Value variance = parameter(x, "running_var", each, ones(), {.role = Role::statistic});
    return x.graph().training ? by_batch(x, real, weight, bias, mean, variance)
                              : by_running(x, weight, bias, mean, variance);
  }
  static Value as_images(Value x) {
    if (x.rank() == 3) return reshape(x, {x.dim(0), x.dim(1), 1, x.dim(2)});
    if (x.rank() == 5) return reshape(x, {x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.dim(4)});
    return x;
  }
  static Value filled(Value x, double value) {
    return broadcast_to(x.graph().scalar(value, x.dtype()), {x.dim(1)});
  }
  BatchNormResult of_batch(Value x, Value real, Value weight, Value bias) const {
    if (!real) return glia::batch_norm(x, weight, bias, o.epsilon);
    const Value n = maximum(count(x, real), 1.0);
    const auto of_real = [&](Value v) { return select(real, v, zero_like(v)); };
    const Value mean = reduce_sum(of_real(x), {0}) / n, centred = of_real(x - mean);
    const Value variance = reduce_sum(square(centred), {0}) / n;
    return {centred / glia::sqrt(variance + o.epsilon) * weight + bias, mean, variance};
  }
  static Value count(Value x, Value real) {
    if (real) return reduce_sum(cast(real, x.dtype()));
    return element_count(x, x.rank() == 2 ? std::vector<int>{0} : std::vector<int>{0, 2, 3});
  }
  Value by_batch(Value x, Value real, Value weight, Value bias, Value mean, Value variance) const {
    const auto batch = of_batch(x, real, weight, bias);
    const Value n = count(x, real);
    // A batch of one value has no unbiased variance: PyTorch refuses it, here it counts as it is.
    const Value unbiased = batch.variance * (n / maximum(n - 1.0, 1.0));
    update(mean, batch.mean, n);
    update(variance, unbiased, n);
    return batch.y;
  }
  // Goes on from what an earlier use of the layer made of it. A batch without values has none to
  // add.
  void update(Value statistic, Value of_batch, Value count) const {
    Graph& graph = statistic.graph();
    const Value before = graph.latest(statistic);
    const Value next = before * (1 - o.momentum) + of_batch * o.momentum;
    graph.update(statistic, select(greater(count, 0.0), next, before));
  }
  Value by_running(Value x, Value weight, Value bias, Value mean, Value variance) const {
    const Value scale = weight / glia::sqrt(variance + o.epsilon);
    const Value shift = bias - mean * scale;
    return x * along_channels(scale, x) + along_channels(shift, x);
  }
};

// The last axes of x; with them, the mask of a sequence holds where its places stay apart.
struct LastAxes {
  LastAxes(Value x, int count, std::string_view layer) {
    if (x.rank() <= count)
      fail("E-SHAPE-01", "[{}] layer '{}': got shape {}, expected more than its {} axes", layer,
           x.graph().scope(), x.shape().text(), count);
    for (int i = x.rank() - count; i < x.rank(); ++i) {
      axes.push_back(i);
      shape.push_back(x.dim(i));
    }
    if (axes[0] < 2) refuse_mask(x, layer, "normalise the last axis only");
  }
  std::vector<int> axes;
  Shape shape;
};

struct LayerNorm {
  LayerNormOptions o;
  static constexpr Masks masks = Masks::own;
  Value forward(Value x) const {
    const LastAxes last(x, o.axes, kind());
    Value y = standardize(x, last.axes, o.epsilon);
    if (o.scale) y = y * parameter(x, "weight", last.shape, ones());
    if (o.center) y = y + parameter(x, "bias", last.shape, zeros());
    return with_mask_of(y, x);
  }
  std::string kind() const { return "layer_norm"; }
};

struct RmsNorm {
  RmsNormOptions o;
  static constexpr Masks masks = Masks::own;
  Value forward(Value x) const {
    const LastAxes last(x, o.axes, kind());
    Value y = x / glia::sqrt(reduce_mean(square(x), last.axes, true) + o.epsilon);
    if (o.scale) y = y * parameter(x, "weight", last.shape, ones());
    return with_mask_of(y, x);
  }
  std::string kind() const { return "rms_norm"; }
};

// group_norm; instance_norm with as many groups as channels.
struct GroupNorm {
  std::string name;
  GroupNormOptions o;
  Value forward(Value input) const {
    const ChannelsFirst first(input, channel_axis(input, o.axis, name));
    const Value x = first.value;
    const std::int64_t channels = x.dim(1).value(), groups = o.groups > 0 ? o.groups : channels;
    if (channels % groups != 0)
      fail("E-SHAPE-03", "[{}] layer '{}': {} channels of {} cannot be split into {} groups", name,
           x.graph().scope(), channels, input.shape().text(), groups);
    Dim rest = channels / groups;
    for (int i = 2; i < x.rank(); ++i) rest = rest * x.dim(i);
    Value y = reshape(standardize(reshape(x, {x.dim(0), groups, rest}), {2}, o.epsilon), x.shape());
    if (o.scale) y = y * along_channels(parameter(x, "weight", {channels}, ones()), x);
    if (o.center) y = y + along_channels(parameter(x, "bias", {channels}, zeros()), x);
    return first.restore(y);
  }
  std::string kind() const { return name; }
};

}  // namespace

Module batch_norm(BatchNormOptions o) {
  expect(o.momentum >= 0 && o.momentum <= 1, "batch_norm",
         fmt::format("momentum is {}, expected 0 to 1", o.momentum));
  check_epsilon(o.epsilon, "batch_norm");
  return BatchNorm{o};
}

Module layer_norm(LayerNormOptions o) {
  check_epsilon(o.epsilon, "layer_norm");
  expect(o.axes >= 1, "layer_norm", fmt::format("axes is {}, expected at least 1", o.axes));
  return LayerNorm{o};
}

Module group_norm(GroupNormOptions o) {
  check_epsilon(o.epsilon, "group_norm");
  expect_in_range({o.groups}, 1, "group_norm", "groups");
  return GroupNorm{"group_norm", o};
}

Module instance_norm(InstanceNormOptions o) {
  check_epsilon(o.epsilon, "instance_norm");
  return GroupNorm{"instance_norm", {0, o.epsilon, o.scale, o.center, o.axis}};
}

Module rms_norm(RmsNormOptions o) {
  check_epsilon(o.epsilon, "rms_norm");
  expect(o.axes >= 1, "rms_norm", fmt::format("axes is {}, expected at least 1", o.axes));
  return RmsNorm{o};
}

}  // namespace glia::nn
