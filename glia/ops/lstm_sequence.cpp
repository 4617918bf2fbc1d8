#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

bool reverse_of(const Call& c) { return c.attributes.flag("reverse"); }
Value mask_of(const Call& c) { return c.inputs() == 5 ? c[4] : Value(); }

std::vector<Type> infer(const Call& c) {
  const Shape state = expect_sequence(c, 4);
  expect_weight_dtype(c, 1, {0, 2, 3});
  expect_shape(c, 2, state, "the initial state");
  expect_shape(c, 3, state, "the initial cell");
  if (mask_of(c)) expect_mask(c, 4, c[0].shape());
  const Type states{c[0].dtype(), {c[0].dim(0), c[0].dim(1), state[1]}};
  return {states, states, {c[0].dtype(), c[0].shape()}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const bool reverse = reverse_of(c);
  const auto d = lstm_sequence_gradient(
      c[1], c[3], {y[0], y[1], y[2]}, {or_zeros(dy[0], y[0]), dy[1], dy[2]}, {mask_of(c), reverse});
  return {d.d_x, weight_gradient(d.d_x, states_before(y[0], c[2], reverse)), d.d_h0, d.d_c0, {}};
}

Values decompose(const Call& c) {
  const Steps steps(c[0], mask_of(c), reverse_of(c));
  const std::int64_t units = c[1].dim(1).value();
  Value h = c[2], cell = c[3];
  Values states, cells, gates;
  for (std::int64_t n = 0; n < steps.count(); ++n) {
    const Value z = steps.at(c[0], n) + times_weight(h, c[1], true);
    const Value i = sigmoid(block(z, 0, units)), f = sigmoid(block(z, 1, units));
    const Value g = tanh(block(z, 2, units)), o = sigmoid(block(z, 3, units));
    const Value next = f * cell + i * g;
    gates.push_back(steps.real(n, concatenate({i, f, g, o}, 1), zero_like(z)));
    h = steps.real(n, o * tanh(next), h);
    cell = steps.real(n, next, cell);
    states.push_back(h);
    cells.push_back(cell);
  }
  return {steps.stacked(states), steps.stacked(cells), steps.stacked(gates)};
}

Cost cost(const Call& c) {
  const double numbers = static_cast<double>(c[0].shape().elements());
  return {numbers * (2 * static_cast<double>(c[1].dim(1).value()) + 20), 0};
}

}  // namespace

const OpDef lstm_sequence_def{
    .name = "lstm_sequence",
    .doc =
        "i, f, g, o = activations(x[t] + weight h); c = f c + i g; h = o tanh(c) for each step, "
        "unchanged where mask is false. x: [N, T, 4H], weight: [4H, H], h0, c0: [N, H], mask: bool "
        "[N, T], optional -> h: [N, T, H], c: [N, T, H], gates: [N, T, 4H].",
    .min_inputs = 4,
    .max_inputs = 5,
    .attributes = {{"reverse", false}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples =
        {{"forward", {normal({2, 3, 8}), normal({8, 2}), normal({2, 2}), normal({2, 2})}},
         {"reverse",
          {normal({2, 3, 4}), normal({4, 1}), normal({2, 1}), normal({2, 1})},
          {{"reverse", true}}},
         {"masked",
          {normal({3, 4, 8}), normal({8, 2}), normal({3, 2}), normal({3, 2}), booleans({3, 4})}},
         {"masked_reverse",
          {normal({3, 3, 8}), normal({8, 2}), normal({3, 2}), normal({3, 2}), booleans({3, 3})},
          {{"reverse", true}}},
         {"wide", {normal({7, 3, 76}), normal({76, 19}, 0, 0.3), normal({7, 19}), normal({7, 19})}},
         {"empty", {normal({0, 3, 8}), normal({8, 2}), normal({0, 2}), normal({0, 2})}}},
};

LstmResult lstm_sequence(Value x, Value weight, Value h0, Value c0, const SequenceOptions& o) {
  Values in{x, weight, h0, c0};
  if (o.mask) in.push_back(o.mask);
  const Values y = call(lstm_sequence_def, in, {{"reverse", o.reverse}});
  return {y[0], y[1], y[2]};
}

}  // namespace glia
