#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/slice.h"

namespace glia {
namespace {

using Ints = std::vector<std::int64_t>;

std::vector<Type> infer(const Call& c) {
  const Shape& shape = c.attributes.shape("shape");
  expect_within(c, c[0].shape(), shape);
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {slice(dy[0], c.attributes.shape("from"), c[0].shape(), c.attributes.integers("step"))};
}

Cost cost(const Call&) { return {}; }

Sample sample(std::string_view name, Shape x, Shape from, Shape shape, Ints step = {},
              double value = 0) {
  return {name,
          {normal(std::move(x))},
          {{"from", std::move(from)},
           {"shape", std::move(shape)},
           {"step", std::move(step)},
           {"value", value}}};
}

}  // namespace

const OpDef pad_def{
    .name = "pad",
    .doc =
        "x within a larger value: y[from + i * step] = x[i] along each axis, `value` elsewhere. x: "
        "[...] -> shape.",
    .attributes = {{"from", Shape{}, true},
                   {"shape", Shape{}, true},
                   {"step", Ints{}},
                   {"value", 0.0}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .samples = {sample("rows", {2, 3}, {1, 0}, {5, 3}),
                sample("columns", {3, 4}, {0, 2}, {3, 7}, {}, 1.5),
                sample("steps", {3, 4}, {0, 1}, {3, 9}, {1, 2}),
                sample("backwards", {3, 2, 5}, {0, 3, 0}, {3, 4, 5}, {1, -2, 1}),
                sample("images", {2, 1, 3, 3}, {0, 0, 1, 1}, {2, 1, 5, 5}),
                sample("scalar", {}, {}, {}), sample("empty", {0, 3}, {2, 0}, {2, 4}, {}, -1)},
};

Value pad(Value x, Shape from, Shape shape, Ints step, double value) {
  return call(pad_def, {x},
              {{"from", std::move(from)},
               {"shape", std::move(shape)},
               {"step", std::move(step)},
               {"value", value}})[0];
}

Value pad(Value x, std::vector<std::pair<std::int64_t, std::int64_t>> amounts, double value) {
  if (std::ssize(amounts) != x.rank())
    fail("E-SHAPE-10", "[pad] layer '{}': got {} pairs for {}; expected one for each axis",
         x.graph().scope(), amounts.size(), x.shape().text());
  Shape from, shape;
  for (int i = 0; i < x.rank(); ++i) {
    const auto [before, after] = amounts[static_cast<std::size_t>(i)];
    if (before < 0 || after < 0)
      fail("E-SHAPE-10", "[pad] layer '{}': got the amounts {} and {} for axis {}; {}",
           x.graph().scope(), before, after, i, "expected none below 0: slice() takes away");
    from.push_back(before);
    shape.push_back(x.dim(i) + Dim(before) + Dim(after));
  }
  if (shape == x.shape()) return x;
  return pad(x, std::move(from), std::move(shape), {}, value);
}

}  // namespace glia
