#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

// Inputs: learning_rate, step, then (parameter, gradient, m, v) for each parameter.
std::vector<Type> infer(const Call& c) {
  if (c.inputs() % 4 != 2)
    fail("E-IR-03", "{}: got {} inputs, expected 2 and 4 for each parameter", c.where(),
         c.inputs());
  expect_floating(c, 0);
  expect_rank(c, 0, 0, "the learning rate is one number");
  expect_dtype(c, 1, DType::i64);
  expect_rank(c, 1, 0, "the step is one number");
  std::vector<Type> types;
  for (int i = 2; i < c.inputs(); i += 4) {
    expect_floating(c, i);
    expect_same_dtype(c, i, i + 3);
    for (int j = 1; j < 4; ++j)
      if (!(c[i + j].shape() == c[i].shape()))
        fail("E-SHAPE-03", "{}: a parameter of shape {} is given {} as {}", c.where(),
             c[i].shape().text(), c[i + j].shape().text(), j == 1 ? "gradient" : "moment");
    for (int j : {0, 2, 3}) types.push_back({c[i + j].dtype(), c[i + j].shape()});
  }
  return types;
}

std::vector<std::pair<int, int>> updates(const Call& c) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 2, out = 0; i < c.inputs(); i += 4)
    for (int j : {0, 2, 3}) pairs.emplace_back(out++, i + j);
  return pairs;
}

Cost cost(const Call& c) {
  double elements = 0;
  for (int i = 2; i < c.inputs(); i += 4) elements += static_cast<double>(c[i].shape().elements());
  return {14 * elements, 0};
}

}  // namespace

const OpDef adam_update_def{
    .name = "adam_update",
    .doc =
        "One step of Adam, arXiv 1412.6980, in PyTorch's order of operations; step counts the "
        "updates before this one; decoupled: the decay is AdamW's, arXiv 1711.05101. "
        "learning_rate: scalar, step: scalar i64, then parameter, "
        "gradient, m, v of one shape, repeated -> parameter, m, v, repeated.",
    .min_inputs = 2,
    .max_inputs = -1,
    .attributes = {{"beta1", 0.9},
                   {"beta2", 0.999},
                   {"epsilon", 1e-8},
                   {"weight_decay", 0.0},
                   {"decoupled", false}},
    .infer = infer,
    .cost = cost,
    .updates = updates,
    .samples = {{"two",
                 {filled({}, 1e-2), filled({}, 3, DType::i64), normal({3, 5}), normal({3, 5}),
                  normal({3, 5}), uniform({3, 5}, 0, 1), normal({17}), normal({17}), normal({17}),
                  uniform({17}, 0, 1)}},
                {"decay",
                 {filled({}, 1e-2), filled({}, 0, DType::i64), normal({33}), normal({33}),
                  filled({33}, 0), filled({33}, 0)},
                 {{"weight_decay", 0.1}}},
                {"decoupled",
                 {filled({}, 1e-2), filled({}, 2, DType::i64), normal({33}), normal({33}),
                  normal({33}), uniform({33}, 0, 1)},
                 {{"weight_decay", 0.1}, {"decoupled", true}}}},
};

}  // namespace glia
