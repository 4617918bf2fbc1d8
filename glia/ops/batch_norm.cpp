#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

// Axes other than the channels', and the shape with which [C] values broadcast against x.
std::vector<int> batch_axes(Value x) {
  std::vector<int> axes;
  for (int i = 0; i < x.rank(); ++i)
    if (i != 1) axes.push_back(i);
  return axes;
}
Value along_channels(Value v, Value x) {
  Shape shape;
  for (int i = 0; i < x.rank(); ++i) shape.push_back(i == 1 ? x.dim(1) : Dim(1));
  return reshape(v, shape);
}

std::vector<Type> infer(const Call& c) {
  if (c[0].rank() != 2 && c[0].rank() != 4)
    fail("E-SHAPE-01", "{}: got shape {}, expected [N, C] or [N, C, H, W]", c.where(),
         c[0].shape().text());
  expect_floating(c, 0);
  expect_same_dtype(c, 0, 2);
  const Shape channels{c[0].dim(1)};
  for (int i : {1, 2})
    if (!(c[i].shape() == channels))
      fail("E-SHAPE-03", "{}: {} has shape {}, expected {} (one for each channel of {})", c.where(),
           i == 1 ? "weight" : "bias", c[i].shape().text(), channels.text(), c[0].shape().text());
  const Type statistic{c[0].dtype(), channels};
  return {{c[0].dtype(), c[0].shape(), c[0].type().layout}, statistic, statistic};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const Value x = c[0];
  Values grads{{}, {}, {}};
  if (dy[0])
    grads = call(batch_norm_gradient_def, {x, c[1], y[1], y[2], dy[0]},
                 {{"epsilon", c.attributes.real("epsilon")}});
  // Who uses the statistics themselves: d mean / dx = 1 / n, d variance / dx = 2 (x - mean) / n.
  const auto add_to_dx = [&](Value term) {
    term = broadcast_to(term, x.shape()) / element_count(x, batch_axes(x));
    grads[0] = grads[0] ? grads[0] + term : term;
  };
  if (dy[1]) add_to_dx(along_channels(dy[1], x));
  if (dy[2]) add_to_dx((x - along_channels(y[1], x)) * along_channels(dy[2], x) * 2.0);
  return grads;
}

Values decompose(const Call& c) {
  const Value x = c[0];
  const Value mean = reduce_mean(x, batch_axes(x));
  const Value centred = x - along_channels(mean, x);
  const Value variance = reduce_mean(square(centred), batch_axes(x));
  const Value scale = along_channels(c[1] / sqrt(variance + c.attributes.real("epsilon")), x);
  return {centred * scale + along_channels(c[2], x), mean, variance};
}

Cost cost(const Call& c) { return {8 * static_cast<double>(c[0].shape().elements()), 0}; }

}  // namespace

const OpDef batch_norm_def{
    .name = "batch_norm",
    .doc =
        "(x - mean) / sqrt(variance + epsilon) * weight + bias by the batch's own statistics "
        "(biased variance), arXiv 1502.03167. x: [N, C, ...], weight, bias: [C] -> x's shape, [C], "
        "[C].",
    .min_inputs = 3,
    .max_inputs = 3,
    .attributes = {{"epsilon", 1e-5}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"images", {normal({4, 3, 5, 5}, 1, 2), uniform({3}, 0.5, 2), normal({3})}},
                {"channels", {normal({3, 16, 4, 4}), uniform({16}, 0.5, 2), normal({16})}},
                {"table", {normal({16, 5}, -1, 3), uniform({5}, 0.5, 2), normal({5})}}},
};

BatchNormResult batch_norm(Value x, Value weight, Value bias, double epsilon) {
  const Values results = call(batch_norm_def, {x, weight, bias}, {{"epsilon", epsilon}});
  return {results[0], results[1], results[2]};
}

}  // namespace glia
