#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

bool reverse_of(const Call& c) { return c.attributes.flag("reverse"); }
Value mask_of(const Call& c) { return c.inputs() == 4 ? c[3] : Value(); }

std::vector<Type> infer(const Call& c) {
  const Shape state = expect_sequence(c, 1);
  expect_weight_dtype(c, 1, {0, 2});
  expect_shape(c, 2, state, "the initial state");
  if (mask_of(c)) expect_mask(c, 3, c[0].shape());
  return {{c[0].dtype(), c[0].shape()}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const bool reverse = reverse_of(c);
  const auto d = rnn_sequence_gradient(c[1], y[0], dy[0], c.attributes.text("activation"),
                                       {mask_of(c), reverse});
  return {d.d_x, weight_gradient(d.d_x, states_before(y[0], c[2], reverse)), d.d_h0, {}};
}

Values decompose(const Call& c) {
  const Steps steps(c[0], mask_of(c), reverse_of(c));
  const bool relu_ = c.attributes.text("activation") == "relu";
  Value h = c[2];
  Values states;
  for (std::int64_t i = 0; i < steps.count(); ++i) {
    const Value z = steps.at(c[0], i) + times_weight(h, c[1], true);
    h = steps.real(i, relu_ ? relu(z) : tanh(z), h);
    states.push_back(h);
  }
  return {steps.stacked(states)};
}

Cost cost(const Call& c) { return cost_of_steps(c, c[0], c[1], 20); }

}  // namespace

const OpDef rnn_sequence_def{
    .name = "rnn_sequence",
    .doc =
        "h = activation(x[t] + weight h) for each step, h unchanged where mask is false. x: "
        "[N, T, H], weight: [H, H], h0: [N, H], mask: bool [N, T], optional -> h: [N, T, H].",
    .min_inputs = 3,
    .max_inputs = 4,
    .attributes = {{"activation", std::string("tanh")}, {"reverse", false}},
    .infer = infer,
    .gradient = gradient,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"tanh", {normal({2, 3, 4}), normal({4, 4}, 0, 0.5), normal({2, 4})}},
                {"relu",
                 {normal({2, 3, 4}), normal({4, 4}, 0, 0.5), normal({2, 4})},
                 {{"activation", std::string("relu")}}},
                {"masked_reverse",
                 {normal({3, 4, 2}), normal({2, 2}), normal({3, 2}), booleans({3, 4})},
                 {{"reverse", true}}},
                {"wide", {normal({7, 3, 19}), normal({19, 19}, 0, 0.3), normal({7, 19})}},
                {"empty", {normal({0, 3, 4}), normal({4, 4}), normal({0, 4})}}},
};

Value rnn_sequence(Value x, Value weight, Value h0, const std::string& activation,
                   const SequenceOptions& o) {
  Values in{x, weight, h0};
  if (o.mask) in.push_back(o.mask);
  return call(rnn_sequence_def, in, {{"activation", activation}, {"reverse", o.reverse}})[0];
}

}  // namespace glia
