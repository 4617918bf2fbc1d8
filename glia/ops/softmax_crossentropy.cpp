#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"
#include "glia/ops/softmax.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_rank(c, 0, 2, "logits are [N, classes]");
  expect_floating(c, 0);
  expect_dtype(c, 1, DType::i64);
  if (!(c[1].shape() == Shape{c[0].dim(0)}))
    fail("E-SHAPE-06", "{}: logits {} need labels of shape [{}], got {}", c.where(),
         c[0].shape().text(), c[0].dim(0).text(), c[1].shape().text());
  const Type rows{c[0].dtype(), c[1].shape()};
  return {rows, rows};
}

Value column(Value v) { return reshape(v, {v.dim(0), 1}); }

Values gradient(const Call& c, const Values& y, const Values& dy) {
  Value dx;
  if (dy[0]) dx = call(softmax_crossentropy_gradient_def, {c[0], c[1], y[1], dy[0]})[0];
  if (dy[1]) {
    const Value through_sum = exp(c[0] - column(y[1])) * column(dy[1]);
    dx = dx ? dx + through_sum : through_sum;
  }
  return {dx, {}};
}

Values decompose(const Call& c) {
  const Value most = reduce_max(c[0], {1}, true);
  const Value log_sum = reshape(log_of_exp_sum(c[0], most, 1), c[1].shape());
  // Chosen, not multiplied by 0 and 1: other logits may be infinite. No label chosen gives NaN.
  const Value here = one_hot(c[1], c[0].dim(1).value(), DType::boolean);
  const Value picked = reduce_sum(select(here, c[0], zero_like(c[0])), {1});
  const Value hits = reduce_sum(cast(here, c[0].dtype()), {1});
  const Value top = reshape(most, c[1].shape());
  return {(log_sum + (top - picked)) * (hits / hits), log_sum + top};
}

Cost cost(const Call& c) { return {12 * static_cast<double>(c[0].shape().elements()), 0}; }

}  // namespace

const OpDef softmax_crossentropy_def{
    .name = "softmax_crossentropy",
    .doc =
        "-log softmax(logits)[label] for each row, NaN for a label outside 0..K-1; and the "
        "logarithm of the sum of exp(logits). logits: [N, K], labels: [N] i64 -> [N], [N].",
    .min_inputs = 2,
    .max_inputs = 2,
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .samples = {{"rows", {normal({5, 7}), integers({5}, 0, 7)}},
                {"large", {normal({5, 7}, 0, 100), integers({5}, 0, 7)}},
                {"two", {normal({3, 2}), integers({3}, 0, 2)}},
                {"outside", {normal({3, 2}), integers({3}, 2, 4)}},
                {"empty", {normal({0, 7}), integers({0}, 0, 7)}}},
};

Value softmax_crossentropy(Value logits, Value labels) {
  return call(softmax_crossentropy_def, {logits, labels})[0];
}

}  // namespace glia
