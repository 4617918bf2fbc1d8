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
  if (c[0].rank() == 0)
    fail("E-SHAPE-01", "{}: the table is a scalar, expected [V, rest...]", c.where());
  Shape shape = c[1].shape();
  for (int i = 1; i < c[0].rank(); ++i) shape.push_back(c[0].shape()[i]);
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {scatter_add(dy[0], c[1], c[0].dim(0)), {}};
}

Cost cost(const Call&) { return {}; }

}  // namespace

const OpDef gather_def{
    .name = "gather",
    .doc =
        "Rows of a table; an index outside 0..V-1 gives NaN, or 0 where zero_outside is set and "
        "for "
        "whole numbers. table: [V, rest...], indices: i64 [any...] -> [any..., rest...].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"zero_outside", false}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .samples = {{"rows", {normal({7, 5}), integers({4}, 0, 7)}},
                {"numbers", {normal({7}), integers({2, 3}, 0, 7)}},
                {"blocks", {normal({6, 2, 3}), integers({2, 4}, 0, 6)}},
                {"one", {normal({7, 5}), integers({}, 0, 7)}},
                {"whole", {integers({7, 2}, 0, 99), integers({5}, -2, 9)}},
                {"outside", {normal({3, 2}), integers({9}, -2, 5)}},
                {"zero_outside", {normal({3, 2}), integers({9}, -2, 5)}, {{"zero_outside", true}}},
                {"over_nothing", {normal({0, 2}), integers({3}, 0, 1)}},
                {"empty", {normal({3, 2}), integers({0}, 0, 3)}}},
};

Value gather(Value table, Value indices) { return call(gather_def, {table, indices})[0]; }

}  // namespace glia
