#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

// The inputs; behind the fifth those that the attributes name.
struct In {
  explicit In(const Call& c) : weight(c[0]), h0(c[1]), states(c[2]), gates(c[3]), d_states(c[4]) {
    if (c.attributes.flag("mask")) at_mask = next++;
    if (c.attributes.flag("d_gates")) at_d_gates = next++;
    if (next != c.inputs())
      fail("E-IR-03", "{}: got {} inputs, expected {}", c.where(), c.inputs(), next);
    if (at_mask) mask = c[at_mask];
    if (at_d_gates) d_gates = c[at_d_gates];
  }
  Value weight, h0, states, gates, d_states, mask, d_gates;
  int next = 5, at_mask = 0, at_d_gates = 0;
};

std::vector<Type> infer(const Call& c) {
  const In in(c);
  expect_rank(c, 2, 3, "the states are [N, T, units]");
  const DType dtype = expect_weight_dtype(c, 0, {1, 2, 3, 4});
  const Shape& states = in.states.shape();
  const Dim units = states[2];
  const Shape state{states[0], units};
  expect_shape(c, 0, {units * Dim(3), units}, "weight");
  expect_shape(c, 1, state, "the initial state");
  expect_steps(c, 3, states, units * Dim(4), "gates");
  expect_steps(c, 4, states, units, "d_states");
  if (in.mask) expect_mask(c, in.at_mask, states);
  if (in.d_gates) expect_steps(c, in.at_d_gates, states, units * Dim(4), "d_gates");
  const Type d{dtype, {states[0], states[1], units * Dim(3)}};
  return {d, d, {dtype, state}};
}

// With e = dn (1 - n^2): reset_after has u = weight h + bias, dr = e u, du = e r; otherwise it is
// v = r h, dv = weight' e, dr = dv h, and r dv goes to h.
Values decompose(const Call& c) {
  const In in(c);
  const Steps steps(in.states, in.mask, c.attributes.flag("reverse"));
  const bool after = c.attributes.flag("reset_after");
  const std::int64_t units = in.states.dim(2).value();
  const Value zero = zero_like(in.states), last = slice(in.weight, 0, 2 * units, kEnd);
  const Value both = slice(in.weight, 0, 0, 2 * units);
  Value dh = or_zeros({}, in.h0);
  Values d_x(static_cast<std::size_t>(steps.count())), d_recurrent = d_x;
  for (std::int64_t i = steps.count() - 1; i >= 0; --i) {
    const Value gates = steps.at(in.gates, i), h = steps.before(in.states, i, in.h0);
    const Value r = block(gates, 0, units), z = block(gates, 1, units), n = block(gates, 2, units);
    const Value fourth = block(gates, 3, units);
    const auto more = [&](std::int64_t index, Value d) {
      return in.d_gates ? d + block(steps.at(in.d_gates, i), index, units) : d;
    };
    dh = dh + steps.at(in.d_states, i);
    const Value e = more(2, dh * (1.0 - z)) * (1.0 - square(n));
    const Value d_fourth = more(3, after ? e * r : times_weight(e, last));
    const Value dr = more(0, after ? e * fourth : d_fourth * h) * r * (1.0 - r);
    const Value dz = more(1, dh * (h - n)) * z * (1.0 - z);
    const Value rz = concatenate({dr, dz}, 1);
    d_x[static_cast<std::size_t>(i)] = steps.real(i, concatenate({rz, e}, 1), zero);
    d_recurrent[static_cast<std::size_t>(i)] =
        steps.real(i, concatenate({rz, after ? d_fourth : e}, 1), zero);
    const Value through = after ? times_weight(d_fourth, last) : d_fourth * r;
    dh = steps.real(i, dh * z + times_weight(rz, both) + through, dh);
  }
  return {steps.stacked(d_x), steps.stacked(d_recurrent), dh};
}

Cost cost(const Call& c) { return cost_of_steps(c, c[2], c[0], 40); }

Sample sample(std::string_view name, std::int64_t n, std::int64_t t, std::int64_t h,
              std::vector<SampleInput> more, Attributes attributes) {
  std::vector<SampleInput> in{normal({3 * h, h}, 0, 0.5), normal({n, h}), normal({n, t, h}),
                              uniform({n, t, 4 * h}, 0.1, 0.9), normal({n, t, h})};
  in.insert(in.end(), more.begin(), more.end());
  return {name, in, std::move(attributes)};
}

}  // namespace

const OpDef gru_sequence_gradient_def{
    .name = "gru_sequence_gradient",
    .doc =
        "The gradients of gru_sequence with respect to x, to the products with the state, and to "
        "h0. weight: [3H, H], h0: [N, H], states: [N, T, H], gates: [N, T, 4H], d_states: [N, T, "
        "H], and where the attributes say so: mask: bool [N, T], d_gates: [N, T, 4H] -> [N, T, "
        "3H], [N, T, 3H], [N, H].",
    .min_inputs = 5,
    .max_inputs = 7,
    .attributes = {{"reverse", false}, {"reset_after", true}, {"mask", false}, {"d_gates", false}},
    .infer = infer,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {sample("forward", 2, 3, 2, {}, {}),
                sample("masked", 3, 4, 2, {booleans({3, 4})}, {{"mask", true}, {"reverse", true}}),
                sample("all", 2, 3, 2, {booleans({2, 3}), normal({2, 3, 8})},
                       {{"mask", true}, {"d_gates", true}}),
                sample("reset_before", 2, 3, 2, {booleans({2, 3}), normal({2, 3, 8})},
                       {{"mask", true}, {"d_gates", true}, {"reset_after", false}}),
                sample("wide", 7, 3, 19, {}, {}), sample("empty", 0, 3, 2, {}, {})},
};

GruGradient gru_sequence_gradient(Value weight, Value h0, const GruResult& y, const GruResult& d,
                                  bool reset_after, const SequenceOptions& o) {
  Values in{weight, h0, y.states, y.gates, d.states};
  for (const Value& v : {o.mask, d.gates})
    if (v) in.push_back(v);
  const Values g = call(gru_sequence_gradient_def, in,
                        {{"reverse", o.reverse},
                         {"reset_after", reset_after},
                         {"mask", static_cast<bool>(o.mask)},
                         {"d_gates", static_cast<bool>(d.gates)}});
  return {g[0], g[1], g[2]};
}

}  // namespace glia
