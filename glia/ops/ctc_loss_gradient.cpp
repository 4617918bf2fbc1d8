#include "glia/ops/ctc.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_ctc(c);
  expect_shape(c, 3, {c[0].dim(0)}, "dy");
  return {{c[0].dtype(), c[0].shape()}};
}

Cost cost(const Call& c) {
  return {100 * static_cast<double>(c[0].dim(0).value() * c[0].dim(1).value() *
                                    (2 * c[1].dim(1).value() + 1)),
          0};
}

}  // namespace

const OpDef ctc_loss_gradient_def{
    .name = "ctc_loss_gradient",
    .doc =
        "-dy times the probability that a step stands for a class, given the labels; 0 where dy is "
        "0. log_probabilities: [N, T, K], labels: [N, S] i64, steps: [N] i64, dy: [N] -> [N, T, "
        "K].",
    .min_inputs = 4,
    .max_inputs = 4,
    .attributes = {{"blank", std::int64_t{0}}},
    .infer = infer,
    .cost = cost,
    .samples = {{"rows",
                 {normal({3, 9, 4}, -1), integers({3, 3}, 1, 4), filled({3}, 9, DType::i64),
                  normal({3})}},
                {"padded",
                 {normal({4, 8, 5}, -1), integers({4, 3}, -1, 4), integers({4}, 6, 9), normal({4})},
                 {{"blank", std::int64_t{4}}}},
                {"empty",
                 {normal({0, 5, 3}), integers({0, 2}, 1, 3), integers({0}, 1, 5), normal({0})}}},
};

}  // namespace glia
