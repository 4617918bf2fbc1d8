#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

int stride(const Call& c) { return c.attributes.real("momentum") != 0 ? 3 : 2; }

// Inputs: learning_rate, then (parameter, gradient) or (parameter, gradient, velocity) for each.
std::vector<Type> infer(const Call& c) {
  if ((c.inputs() - 1) % stride(c) != 0)
    fail("E-IR-03", "{}: got {} inputs, expected 1 and {} for each parameter", c.where(),
         c.inputs(), stride(c));
  expect_floating(c, 0);
  expect_rank(c, 0, 0, "the learning rate is one number");
  std::vector<Type> types;
  for (int i = 1; i < c.inputs(); i += stride(c)) {
    expect_floating(c, i);
    expect_same_dtype(c, i, i + stride(c) - 1);
    for (int j = 1; j < stride(c); ++j)
      if (!(c[i + j].shape() == c[i].shape()))
        fail("E-SHAPE-03", "{}: a parameter of shape {} is given {} as {}", c.where(),
             c[i].shape().text(), c[i + j].shape().text(), j == 1 ? "gradient" : "velocity");
    types.push_back({c[i].dtype(), c[i].shape()});
    if (stride(c) == 3) types.push_back({c[i].dtype(), c[i].shape()});
  }
  return types;
}

std::vector<std::pair<int, int>> updates(const Call& c) {
  std::vector<std::pair<int, int>> pairs;
  for (int i = 1, out = 0; i < c.inputs(); i += stride(c)) {
    pairs.emplace_back(out++, i);
    if (stride(c) == 3) pairs.emplace_back(out++, i + 2);
  }
  return pairs;
}

Cost cost(const Call& c) {
  double elements = 0;
  for (int i = 1; i < c.inputs(); i += stride(c))
    elements += static_cast<double>(c[i].shape().elements());
  return {2.0 * stride(c) * elements, 0};
}

}  // namespace

const OpDef sgd_update_def{
    .name = "sgd_update",
    .doc =
        "velocity = momentum * velocity + gradient, parameter -= learning_rate * velocity "
        "(nesterov: gradient + momentum * velocity), as PyTorch has it. learning_rate: scalar, "
        "then parameter, gradient[, velocity] of one shape, repeated -> parameter[, velocity], "
        "repeated.",
    .max_inputs = -1,
    .attributes = {{"momentum", 0.0}, {"nesterov", false}, {"weight_decay", 0.0}},
    .infer = infer,
    .cost = cost,
    .updates = updates,
    .samples = {{"plain",
                 {filled({}, 1e-2), normal({3, 5}), normal({3, 5}), normal({17}), normal({17})}},
                {"momentum",
                 {filled({}, 1e-2), normal({33}), normal({33}), normal({33})},
                 {{"momentum", 0.9}}},
                {"nesterov",
                 {filled({}, 1e-2), normal({33}), normal({33}), normal({33})},
                 {{"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 0.1}}}},
};

}  // namespace glia
