#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"
#include "glia/ops/softmax.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_plain(c, 0);
  expect_floating(c, 0);
  normal_axis(c, c.attributes.integer("axis"));
  return {{c[0].dtype(), c[0].shape()}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const int axis = static_cast<int>(c.attributes.integer("axis"));
  return {dy[0] - exp(y[0]) * reduce_sum(dy[0], {axis}, true)};
}

Values decompose(const Call& c) {
  const int axis = static_cast<int>(c.attributes.integer("axis"));
  const Value most = reduce_max(c[0], {axis}, true);
  return {(c[0] - most) - log_of_exp_sum(c[0], most, axis)};
}

Cost cost(const Call& c) { return {12 * static_cast<double>(c[0].shape().elements()), 0}; }

}  // namespace

const OpDef log_softmax_def{
    .name = "log_softmax",
    .doc =
        "x less the logarithm of the sum of exp(x) along `axis`, shifted by the maximum. x: [..., "
        "n, ...] -> the same shape.",
    .attributes = {{"axis", std::int64_t{-1}}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .samples = {{"rows", {normal({3, 7})}},
                {"large", {normal({2, 5}, 0, 1e3)}},
                {"one", {normal({4, 1})}},
                {"columns", {normal({5, 3})}, {{"axis", std::int64_t{0}}}},
                {"empty", {normal({0, 5})}}},
};

Value log_of_exp_sum(Value x, Value most, int axis) {
  const Value shifted = x - most, first = equal(shifted, zero_like(x));
  const Value others = reduce_sum(select(first, zero_like(x), exp(shifted)), {axis}, true);
  const Value equals = reduce_sum(cast(first, x.dtype()), {axis}, true);
  return log1p(others + (equals - 1.0));
}

Value log_softmax(Value x, int axis) {
  return call(log_softmax_def, {x}, {{"axis", std::int64_t{axis}}})[0];
}

}  // namespace glia
