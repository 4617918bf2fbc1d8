#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_rank(c, 0, 2, "logits are [N, classes]");
  expect_floating(c, 0);
  expect_dtype(c, 1, DType::i64);
  const Shape rows{c[0].dim(0)};
  expect_shape(c, 1, rows, "labels");
  expect_shape(c, 2, rows, "sum");
  expect_shape(c, 3, rows, "dy");
  return {{c[0].dtype(), c[0].shape()}};
}

Values decompose(const Call& c) {
  const Dim n = c[0].dim(0);
  const Value here = one_hot(c[1], c[0].dim(1).value(), DType::boolean);
  const Value others = select(here, zero_like(c[0]), exp(c[0] - reshape(c[2], {n, 1})));
  return {select(here, -reduce_sum(others, {1}, true), others) * reshape(c[3], {n, 1})};
}

Cost cost(const Call& c) { return {8 * static_cast<double>(c[0].shape().elements()), 0}; }

}  // namespace

const OpDef softmax_crossentropy_gradient_def{
    .name = "softmax_crossentropy_gradient",
    .doc =
        "(exp(logits - sum) - one_hot(labels)) * dy, at the label minus the sum of the others, "
        "which "
        "does not cancel. logits: [N, K], labels: [N] i64, sum, dy: [N] -> [N, K].",
    .min_inputs = 4,
    .max_inputs = 4,
    .infer = infer,
    .decompose = decompose,
    .cost = cost,
    .samples = {{"rows", {normal({5, 7}), integers({5}, 0, 7), normal({5}, 3, 0.1), normal({5})}},
                {"empty", {normal({0, 7}), integers({0}, 0, 7), normal({0}), normal({0})}}},
};

}  // namespace glia
