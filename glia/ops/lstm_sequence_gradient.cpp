#include "glia/base/format.h"
#include "glia/ops/samples.h"
#include "glia/ops/steps.h"

namespace glia {
namespace {

// The inputs; behind the fifth those that the attributes name.
struct In {
  explicit In(const Call& c) : weight(c[0]), c0(c[1]), cells(c[2]), gates(c[3]), d_states(c[4]) {
    if (c.attributes.flag("mask")) at_mask = next++;
    if (c.attributes.flag("d_cells")) at_d_cells = next++;
    if (c.attributes.flag("d_gates")) at_d_gates = next++;
    if (next != c.inputs())
      fail("E-IR-03", "{}: got {} inputs, expected {}", c.where(), c.inputs(), next);
    if (at_mask) mask = c[at_mask];
    if (at_d_cells) d_cells = c[at_d_cells];
    if (at_d_gates) d_gates = c[at_d_gates];
  }
  Value weight, c0, cells, gates, d_states, mask, d_cells, d_gates;
  int next = 5, at_mask = 0, at_d_cells = 0, at_d_gates = 0;
};

std::vector<Type> infer(const Call& c) {
  const In in(c);
  expect_rank(c, 2, 3, "the cells are [N, T, units]");
  const DType dtype = expect_weight_dtype(c, 0, {1, 2, 3, 4});
  const Shape& cells = in.cells.shape();
  const Dim units = cells[2], all = units * Dim(4);
  const Shape state{cells[0], units};
  expect_shape(c, 0, {all, units}, "weight");
  expect_shape(c, 1, state, "the initial cell");
  expect_steps(c, 3, cells, all, "gates");
  expect_steps(c, 4, cells, units, "d_states");
  if (in.mask) expect_mask(c, in.at_mask, cells);
  if (in.d_cells) expect_steps(c, in.at_d_cells, cells, units, "d_cells");
  if (in.d_gates) expect_steps(c, in.at_d_gates, cells, all, "d_gates");
  return {in.gates.type(), {dtype, state}, {dtype, state}};
}

Values decompose(const Call& c) {
  const In in(c);
  const Steps steps(in.cells, in.mask, c.attributes.flag("reverse"));
  const std::int64_t units = in.cells.dim(2).value();
  const Value zero = zero_like(in.cells);
  Value dh = or_zeros({}, in.c0), dc = dh;
  Values d_x(static_cast<std::size_t>(steps.count()));
  for (std::int64_t n = steps.count() - 1; n >= 0; --n) {
    const Value gates = steps.at(in.gates, n);
    const Value i = block(gates, 0, units), f = block(gates, 1, units);
    const Value g = block(gates, 2, units), o = block(gates, 3, units);
    const Value t = tanh(steps.at(in.cells, n));
    dh = dh + steps.at(in.d_states, n);
    if (in.d_cells) dc = dc + steps.at(in.d_cells, n);
    const Value through = dc + dh * o * (1.0 - square(t));
    const Value before = steps.before(in.cells, n, in.c0);
    Value d = concatenate({through * g, through * before, through * i, dh * t}, 1);
    if (in.d_gates) d = d + steps.at(in.d_gates, n);
    const Value slope =
        concatenate({i * (1.0 - i), f * (1.0 - f), 1.0 - square(g), o * (1.0 - o)}, 1);
    const Value dz = steps.real(n, d * slope, zero);
    d_x[static_cast<std::size_t>(n)] = dz;
    dh = steps.real(n, times_weight(dz, in.weight), dh);
    dc = steps.real(n, through * f, dc);
  }
  return {steps.stacked(d_x), dh, dc};
}

Cost cost(const Call& c) { return cost_of_steps(c, c[2], c[0], 50); }

}  // namespace

const OpDef lstm_sequence_gradient_def{
    .name = "lstm_sequence_gradient",
    .doc =
        "The gradients of lstm_sequence with respect to x, h0 and c0. weight: [4H, H], c0: [N, H], "
        "cells: [N, T, H], gates: [N, T, 4H], d_states: [N, T, H], and where the attributes say "
        "so: mask: bool [N, T], d_cells: [N, T, H], d_gates: [N, T, 4H] -> [N, T, 4H], [N, H], "
        "[N, H].",
    .min_inputs = 5,
    .max_inputs = 8,
    .attributes = {{"reverse", false}, {"mask", false}, {"d_cells", false}, {"d_gates", false}},
    .infer = infer,
    .decompose = decompose,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {{"forward",
                 {normal({8, 2}), normal({2, 2}), normal({2, 3, 2}), uniform({2, 3, 8}, 0.1, 0.9),
                  normal({2, 3, 2})}},
                {"all",
                 {normal({8, 2}), normal({2, 2}), normal({2, 3, 2}), uniform({2, 3, 8}, 0.1, 0.9),
                  normal({2, 3, 2}), booleans({2, 3}), normal({2, 3, 2}), normal({2, 3, 8})},
                 {{"reverse", true}, {"mask", true}, {"d_cells", true}, {"d_gates", true}}},
                {"masked",
                 {normal({8, 2}), normal({3, 2}), normal({3, 4, 2}), uniform({3, 4, 8}, 0.1, 0.9),
                  normal({3, 4, 2}), booleans({3, 4}), normal({3, 4, 2})},
                 {{"mask", true}, {"d_cells", true}}},
                {"wide",
                 {normal({76, 19}, 0, 0.3), normal({7, 19}), normal({7, 3, 19}),
                  uniform({7, 3, 76}, 0.1, 0.9), normal({7, 3, 19})},
                 {{"reverse", true}}},
                {"empty",
                 {normal({8, 2}), normal({0, 2}), normal({0, 3, 2}), normal({0, 3, 8}),
                  normal({0, 3, 2})}}},
};

LstmGradient lstm_sequence_gradient(Value weight, Value c0, const LstmResult& y,
                                    const LstmResult& d, const SequenceOptions& o) {
  Values in{weight, c0, y.cells, y.gates, d.states};
  for (const Value& v : {o.mask, d.cells, d.gates})
    if (v) in.push_back(v);
  const Values g = call(lstm_sequence_gradient_def, in,
                        {{"reverse", o.reverse},
                         {"mask", static_cast<bool>(o.mask)},
                         {"d_cells", static_cast<bool>(d.cells)},
                         {"d_gates", static_cast<bool>(d.gates)}});
  return {g[0], g[1], g[2]};
}

}  // namespace glia
