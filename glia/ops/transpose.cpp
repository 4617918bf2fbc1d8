#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const auto& permutation = c.attributes.integers("permutation");
  expect_plain(c, 0);
  std::vector<bool> seen(permutation.size(), false);
  Shape shape;
  for (const auto axis : permutation) {
    const bool good = static_cast<int>(permutation.size()) == c[0].rank() && axis >= 0 &&
                      axis < c[0].rank() && !seen[static_cast<std::size_t>(axis)];
    if (!good)
      fail("E-SHAPE-08", "{}: {} does not name every axis of {} once", c.where(),
           fmt::format("{}", permutation), c[0].shape().text());
    seen[static_cast<std::size_t>(axis)] = true;
    shape.push_back(c[0].shape()[static_cast<int>(axis)]);
  }
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  const auto& permutation = c.attributes.integers("permutation");
  std::vector<int> inverse(permutation.size());
  for (std::size_t i = 0; i < permutation.size(); ++i)
    inverse[static_cast<std::size_t>(permutation[i])] = static_cast<int>(i);
  return {transpose(dy[0], inverse)};
}

}  // namespace

const OpDef transpose_def{
    .name = "transpose",
    .doc =
        "Axes in another order: output axis i is input axis permutation[i]. x: [...] -> permuted.",
    .attributes = {{"permutation", std::vector<std::int64_t>{}, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"matrix", {normal({3, 5})}, {{"permutation", std::vector<std::int64_t>{1, 0}}}},
                {"rotate",
                 {normal({2, 3, 4})},
                 {{"permutation", std::vector<std::int64_t>{1, 2, 0}}}},
                {"empty", {normal({0, 5})}, {{"permutation", std::vector<std::int64_t>{1, 0}}}}},
};

Value transpose(Value x, std::vector<int> permutation) {
  std::vector<std::int64_t> axes;
  for (const int axis : permutation) axes.push_back(axis < 0 ? axis + x.rank() : axis);
  return call(transpose_def, {x}, {{"permutation", axes}})[0];
}

}  // namespace glia
