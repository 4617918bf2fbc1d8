#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_floating(c, 0);
  expect_same_dtype(c, 0, 4);
  const Shape channels{c[0].dim(1)};
  expect_shape(c, 1, channels, "weight");
  expect_shape(c, 2, channels, "mean");
  expect_shape(c, 3, channels, "variance");
  expect_shape(c, 4, c[0].shape(), "dy");
  const Type statistic{c[0].dtype(), c[1].shape()};
  return {{c[0].dtype(), c[0].shape(), c[0].type().layout}, statistic, statistic};
}

// With h = (x - mean) / s: dw = sum(dy h), db = sum(dy), dx = w / s (dy - db / n - h dw / n).
Values decompose(const Call& c) {
  const Value x = c[0], dy = c[4];
  std::vector<int> axes;
  Shape channels;
  for (int i = 0; i < x.rank(); ++i) {
    if (i != 1) axes.push_back(i);
    channels.push_back(i == 1 ? x.dim(1) : Dim(1));
  }
  // The statistics are functions of x: recomputed here, so that second derivatives see it.
  const Value mean = reduce_mean(x, axes);
  const Value centred = x - reshape(mean, channels);
  const Value variance = reduce_mean(square(centred), axes);
  const Value s = reshape(sqrt(variance + c.attributes.real("epsilon")), channels);
  const Value h = centred / s;
  const Value dw = reduce_sum(dy * h, axes), db = reduce_sum(dy, axes);
  const Value n = element_count(x, axes);
  const Value dx = reshape(c[1], channels) / s *
                   (dy - reshape(db / n, channels) - h * reshape(dw / n, channels));
  return {dx, dw, db};
}

Cost cost(const Call& c) { return {12 * static_cast<double>(c[0].shape().elements()), 0}; }

}  // namespace

const OpDef batch_norm_gradient_def{
    .name = "batch_norm_gradient",
    .doc =
        "The gradients of batch_norm; mean and variance are those of x. x, dy: [N, C, ...], "
        "weight, mean, variance: [C] -> x's shape, [C], [C].",
    .min_inputs = 5,
    .max_inputs = 5,
    .attributes = {{"epsilon", 1e-5}},
    .infer = infer,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"images",
                 {normal({4, 3, 5, 5}, 1, 2), uniform({3}, 0.5, 2), channel_mean({3}),
                  channel_variance({3}), normal({4, 3, 5, 5})}},
                {"channels",
                 {normal({3, 16, 4, 4}), uniform({16}, 0.5, 2), channel_mean({16}),
                  channel_variance({16}), normal({3, 16, 4, 4})}},
                {"table",
                 {normal({16, 5}, -1, 3), uniform({5}, 0.5, 2), channel_mean({5}),
                  channel_variance({5}), normal({16, 5})}}},
};

}  // namespace glia
