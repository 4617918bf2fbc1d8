#include "glia/ops/steps.h"

#include "glia/base/format.h"

namespace glia {

Value Steps::at(Value x, std::int64_t i) const {
  const std::int64_t t = place(i);
  return reshape(slice(x, 1, t, t + 1), {x.dim(0), x.dim(2)});
}

Value Steps::real(std::int64_t i, Value then, Value otherwise) const {
  if (!mask_) return then;
  const std::int64_t t = place(i);
  return select(slice(mask_, 1, t, t + 1), then, otherwise);
}

Value Steps::stacked(const Values& steps) const {
  Values rows;
  for (std::int64_t t = 0; t < count_; ++t) {
    const Value step = steps[static_cast<std::size_t>(place(t))];
    rows.push_back(reshape(step, {step.dim(0), 1, step.dim(1)}));
  }
  return concatenate(rows, 1);
}

Value block(Value x, std::int64_t index, std::int64_t size) {
  return slice(x, -1, index * size, (index + 1) * size);
}

Value states_before(Value states, Value first, bool reverse) {
  first = reshape(first, {first.dim(0), 1, first.dim(1)});
  return reverse ? concatenate({slice(states, 1, 1, kEnd), first}, 1)
                 : concatenate({first, slice(states, 1, 0, -1)}, 1);
}

Value weight_gradient(Value d, Value input) {
  const Dim rows = d.dim(0) * d.dim(1);
  return matmul(reshape(d, {rows, d.dim(2)}), reshape(input, {rows, input.dim(2)}),
                {.transpose_a = true});
}

Shape expect_sequence(const Call& c, std::int64_t gates) {
  expect_rank(c, 0, 3, "a sequence is [N, T, gates * units]");
  expect_rank(c, 1, 2, "the weight is [gates * units, units]");
  expect_floating(c, 0);
  expect_plain(c, 0);
  const Dim units = c[1].dim(1);
  expect_shape(c, 1, {units * Dim(gates), units}, "weight");
  expect_steps(c, 0, c[0].shape(), units * Dim(gates), "x");
  return {c[0].dim(0), units};
}

DType expect_weight_dtype(const Call& c, int weight, std::initializer_list<int> others) {
  const int first = *others.begin();
  expect_floating(c, first);
  const DType dtype = c[first].dtype();
  for (const int i : others) expect_dtype(c, i, dtype);
  if (c[weight].dtype() != DType::bf16 || dtype != DType::f32) expect_dtype(c, weight, dtype);
  return dtype;
}

Value times_weight(Value x, Value weight, bool transpose_weight) {
  return matmul(cast(x, weight.dtype()), weight, {.transpose_b = transpose_weight});
}

void expect_mask(const Call& c, int i, const Shape& sequence) {
  expect_dtype(c, i, DType::boolean);
  expect_shape(c, i, {sequence[0], sequence[1]}, "mask");
}

void expect_steps(const Call& c, int i, const Shape& sequence, Dim width, std::string_view what) {
  expect_shape(c, i, {sequence[0], sequence[1], width}, what);
  if (sequence[1] == Dim(0))
    fail("E-SHAPE-03", "{}: {} has shape {}, expected at least one step", c.where(), what,
         sequence.text());
}

Value or_zeros(Value dy, Value y) { return dy ? dy : broadcast_to(zero_like(y), y.shape()); }

Cost cost_of_steps(const Call&, Value states, Value weight, double functions) {
  const auto numbers = static_cast<double>(states.shape().elements());
  return {numbers * (2 * static_cast<double>(weight.dim(0).value()) + functions), 0};
}

}  // namespace glia
