#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_plain(c, 0);
  expect_plain(c, 1);
  expect_dtype(c, 1, DType::i64);
  const Shape &updates = c[0].shape(), &indices = c[1].shape();
  bool fits = indices.rank() <= updates.rank();
  for (int i = 0; fits && i < indices.rank(); ++i) fits = indices[i] == updates[i];
  if (!fits)
    fail("E-SHAPE-03", "{}: updates {} do not begin with the shape {} of their indices", c.where(),
         updates.text(), indices.text());
  Shape shape = c.attributes.shape("rows");
  for (int i = indices.rank(); i < updates.rank(); ++i) shape.push_back(updates[i]);
  return {{c[0].dtype(), shape}};
}

// An update whose index lies outside has no effect: its gradient is 0, not gather's NaN.
Values gradient(const Call& c, const Values&, const Values& dy) {
  return {call(gather_def, {dy[0], c[1]}, {{"zero_outside", true}})[0], {}};
}

Sample sample(std::string_view name, Shape updates, SampleInput indices, Dim rows) {
  return {name, {normal(std::move(updates)), std::move(indices)}, {{"rows", Shape{rows}}}};
}

}  // namespace

const OpDef scatter_add_def{
    .name = "scatter_add",
    .doc =
        "Each row the sum of the updates with its index, in their order; an index outside has no "
        "effect. updates: [any..., rest...], indices: i64 [any...] -> [rows, rest...].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"rows", Shape{}, true}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost_of_input,
    .samples = {sample("rows", {9, 5}, integers({9}, 0, 4), 4),
                sample("numbers", {2, 6}, integers({2, 6}, 0, 3), 3),
                sample("blocks", {2, 4, 3, 2}, integers({2, 4}, 0, 6), 6),
                sample("one", {5}, integers({}, 0, 7), 7),
                sample("some_outside", {9, 2}, integers({9}, -2, 5), 3),
                sample("empty", {0, 2}, integers({0}, 0, 3), 3)},
};

Value scatter_add(Value updates, Value indices, Dim rows) {
  return call(scatter_add_def, {updates, indices}, {{"rows", Shape{rows}}})[0];
}

}  // namespace glia
