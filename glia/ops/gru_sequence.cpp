#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

bool reverse_of(const Call& c) { return c.attributes.flag("reverse"); }
bool reset_after(const Call& c) { return c.attributes.flag("reset_after"); }
Value mask_of(const Call& c) { return c.inputs() == 5 ? c[4] : Value(); }

std::vector<Type> infer(const Call& c) {
  const Shape state = expect_sequence(c, 3);
  expect_weight_dtype(c, 1, {0, 2, 3});
  expect_shape(c, 2, {state[1]}, "bias");
  expect_shape(c, 3, state, "the initial state");
  if (mask_of(c)) expect_mask(c, 4, c[0].shape());
  const Dim n = c[0].dim(0), t = c[0].dim(1), units = state[1];
  return {{c[0].dtype(), {n, t, units}}, {c[0].dtype(), {n, t, units * Dim(4)}}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const bool reverse = reverse_of(c);
  const std::int64_t units = c[1].dim(1).value();
  const auto d = gru_sequence_gradient(c[1], c[3], {y[0], y[1]}, {or_zeros(dy[0], y[0]), dy[1]},
                                       reset_after(c), {mask_of(c), reverse});
  const Value before = states_before(y[0], c[3], reverse), news = block(d.d_recurrent, 2, units);
  // Without reset_after the new gate's part of the weight is multiplied with r h, the fourth block.
  const Value dw =
      reset_after(c) ? weight_gradient(d.d_recurrent, before)
                     : concatenate({weight_gradient(slice(d.d_recurrent, 2, 0, 2 * units), before),
                                    weight_gradient(news, block(y[1], 3, units))},
                                   0);
  return {d.d_x, dw, reduce_sum(news, {0, 1}), d.d_h0, {}};
}

Values decompose(const Call& c) {
  const Steps steps(c[0], mask_of(c), reverse_of(c));
  const std::int64_t units = c[1].dim(1).value();
  const Value both = slice(c[1], 0, 0, 2 * units), last = slice(c[1], 0, 2 * units, kEnd);
  Value h = c[3];
  Values states, gates;
  for (std::int64_t i = 0; i < steps.count(); ++i) {
    const Value x = steps.at(c[0], i);
    const Value rz = sigmoid(slice(x, 1, 0, 2 * units) + times_weight(h, both, true));
    const Value r = block(rz, 0, units), z = block(rz, 1, units);
    const Value fourth = reset_after(c) ? times_weight(h, last, true) + c[2] : r * h;
    const Value inner = reset_after(c) ? r * fourth : times_weight(fourth, last, true) + c[2];
    const Value n = tanh(block(x, 2, units) + inner);
    gates.push_back(steps.real(i, concatenate({rz, n, fourth}, 1), zero_like(x)));
    h = steps.real(i, n + z * (h - n), h);
    states.push_back(h);
  }
  return {steps.stacked(states), steps.stacked(gates)};
}

Cost cost(const Call& c) {
  const double numbers = static_cast<double>(c[0].shape().elements());
  return {numbers * (2 * static_cast<double>(c[1].dim(1).value()) + 20), 0};
}

}  // namespace

const OpDef gru_sequence_def{
    .name = "gru_sequence",
    .doc =
        "r, z = sigmoid(x[t] + weight h); n = tanh(x[t] + r (weight h + bias)), or without "
        "reset_after tanh(x[t] + weight (r h) + bias); h = (1 - z) n + z h for each step, "
        "unchanged where mask is false. x: [N, T, 3H], weight: [3H, H], bias: [H], h0: [N, H], "
        "mask: bool [N, T], optional -> h: [N, T, H], gates: [N, T, 4H].",
    .min_inputs = 4,
    .max_inputs = 5,
    .attributes = {{"reverse", false}, {"reset_after", true}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"forward", {normal({2, 3, 6}), normal({6, 2}), normal({2}), normal({2, 2})}},
                {"masked_reverse",
                 {normal({3, 4, 6}), normal({6, 2}), normal({2}), normal({3, 2}), booleans({3, 4})},
                 {{"reverse", true}}},
                {"reset_before",
                 {normal({2, 3, 6}), normal({6, 2}), normal({2}), normal({2, 2})},
                 {{"reset_after", false}}},
                {"masked_reset_before",
                 {normal({3, 4, 6}), normal({6, 2}), normal({2}), normal({3, 2}), booleans({3, 4})},
                 {{"reverse", true}, {"reset_after", false}}},
                {"wide",
                 {normal({7, 3, 57}), normal({57, 19}, 0, 0.3), normal({19}), normal({7, 19})}},
                {"empty", {normal({0, 3, 6}), normal({6, 2}), normal({2}), normal({0, 2})}}},
};

GruResult gru_sequence(Value x, Value weight, Value bias, Value h0, bool reset_after,
                       const SequenceOptions& o) {
  Values in{x, weight, bias, h0};
  if (o.mask) in.push_back(o.mask);
  const Values y =
      call(gru_sequence_def, in, {{"reverse", o.reverse}, {"reset_after", reset_after}});
  return {y[0], y[1]};
}

}  // namespace glia
