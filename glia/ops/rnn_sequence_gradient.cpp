#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

Value mask_of(const Call& c) { return c.inputs() == 4 ? c[3] : Value(); }

std::vector<Type> infer(const Call& c) {
  expect_rank(c, 1, 3, "the states are [N, T, units]");
  const DType dtype = expect_weight_dtype(c, 0, {1, 2});
  const Shape& states = c[1].shape();
  expect_shape(c, 0, {states[2], states[2]}, "weight");
  expect_steps(c, 2, states, states[2], "d_states");
  if (mask_of(c)) expect_mask(c, 3, states);
  return {c[1].type(), {dtype, {states[0], states[2]}}};
}

Values decompose(const Call& c) {
  const Value weight = c[0], states = c[1], zero = zero_like(states);
  const Steps steps(states, mask_of(c), c.attributes.flag("reverse"));
  const bool relu = c.attributes.text("activation") == "relu";
  Value dh = or_zeros({}, steps.at(states, 0));
  Values d_x(static_cast<std::size_t>(steps.count()));
  for (std::int64_t i = steps.count() - 1; i >= 0; --i) {
    const Value h = steps.at(states, i);
    dh = dh + steps.at(c[2], i);
    const Value d = relu ? select(greater(h, 0.0), dh, zero) : dh * (1.0 - square(h));
    const Value dz = steps.real(i, d, zero);
    d_x[static_cast<std::size_t>(i)] = dz;
    dh = steps.real(i, times_weight(dz, weight), dh);
  }
  return {steps.stacked(d_x), dh};
}

Cost cost(const Call& c) { return cost_of_steps(c, c[1], c[0], 5); }

}  // namespace

const OpDef rnn_sequence_gradient_def{
    .name = "rnn_sequence_gradient",
    .doc =
        "The gradients of rnn_sequence with respect to x and h0. weight: [H, H], states, d_states: "
        "[N, T, H], mask: bool [N, T], optional -> [N, T, H], [N, H].",
    .min_inputs = 3,
    .max_inputs = 4,
    .attributes = {{"activation", std::string("tanh")}, {"reverse", false}},
    .infer = infer,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"tanh", {normal({4, 4}, 0, 0.5), uniform({2, 3, 4}, -1, 1), normal({2, 3, 4})}},
                {"relu",
                 {normal({4, 4}, 0, 0.5), uniform({2, 3, 4}, 0.1, 1), normal({2, 3, 4})},
                 {{"activation", std::string("relu")}}},
                {"masked_reverse",
                 {normal({2, 2}), uniform({3, 4, 2}, -1, 1), normal({3, 4, 2}), booleans({3, 4})},
                 {{"reverse", true}}},
                {"wide",
                 {normal({19, 19}, 0, 0.3), uniform({7, 3, 19}, -1, 1), normal({7, 3, 19})}},
                {"empty", {normal({4, 4}), normal({0, 3, 4}), normal({0, 3, 4})}}},
};

RnnGradient rnn_sequence_gradient(Value weight, Value states, Value d_states,
                                  const std::string& activation, const SequenceOptions& o) {
  Values in{weight, states, d_states};
  if (o.mask) in.push_back(o.mask);
  const Values d =
      call(rnn_sequence_gradient_def, in, {{"activation", activation}, {"reverse", o.reverse}});
  return {d[0], d[1]};
}

}  // namespace glia
