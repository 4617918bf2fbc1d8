#include "glia/ops/ctc.h"

#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {

void expect_ctc(const Call& c) {
  expect_rank(c, 0, 3, "log probabilities are [N, T, K]");
  expect_rank(c, 1, 2, "labels are [N, S]");
  expect_floating(c, 0);
  expect_dtype(c, 1, DType::i64);
  expect_dtype(c, 2, DType::i64);
  expect_plain(c, 0);
  expect_shape(c, 1, {c[0].dim(0), c[1].dim(1)}, "labels");
  expect_shape(c, 2, {c[0].dim(0)}, "steps");
}

namespace {

std::vector<Type> infer(const Call& c) {
  expect_ctc(c);
  return {{c[0].dtype(), {c[0].dim(0)}}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {call(ctc_loss_gradient_def, {c[0], c[1], c[2], dy[0]},
               {{"blank", c.attributes.integer("blank")}})[0],
          {},
          {}};
}

Cost cost(const Call& c) {
  return {40 * static_cast<double>(c[0].dim(0).value() * c[0].dim(1).value() *
                                   (2 * c[1].dim(1).value() + 1)),
          0};
}

}  // namespace

const OpDef ctc_loss_def{
    .name = "ctc_loss",
    .doc =
        "-ln P(labels) of each row over all alignments with blanks, in double precision inside. "
        "log_probabilities: [N, T, K], labels: [N, S] i64, ended by a negative number, steps: [N] "
        "i64 -> [N].",
    .min_inputs = 3,
    .max_inputs = 3,
    .attributes = {{"blank", std::int64_t{0}}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .differentiable_twice = false,
    .samples =
        {{"rows", {normal({3, 9, 4}, -1), integers({3, 3}, 1, 4), filled({3}, 9, DType::i64)}},
         {"padded",
          {normal({4, 8, 5}, -1), integers({4, 3}, -1, 4), integers({4}, 6, 9)},
          {{"blank", std::int64_t{4}}}},
         {"repeated",
          {normal({2, 7, 2}, -1), filled({2, 3}, 1, DType::i64), filled({2}, 7, DType::i64)}},
         {"nothing",
          {normal({2, 5, 3}, -1), filled({2, 2}, -1, DType::i64), filled({2}, 4, DType::i64)}},
         {"empty", {normal({0, 5, 3}), integers({0, 2}, 1, 3), integers({0}, 1, 5)}}},
};

Value ctc_loss(Value log_probabilities, Value labels, Value steps, std::int64_t blank) {
  return call(ctc_loss_def, {log_probabilities, labels, steps}, {{"blank", blank}})[0];
}

}  // namespace glia
