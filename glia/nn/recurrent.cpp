#include "glia/nn/recurrent.h"

#include "glia/base/format.h"
#include "glia/nn/noise.h"
#include "glia/nn/options.h"
#include "glia/ops/recurrent.h"

namespace glia::nn {
namespace {

enum class Cell : std::uint8_t { rnn, lstm, gru };

// What one direction of one layer gives: the state (and the cell) after each step.
struct Run {
  Values sequences;  // [N, T, units] each
  Values last;       // [N, units] each
};

struct Recurrent {
  RecurrentOptions o;
  Cell cell;
  std::string name;
  std::string activation = "tanh";
  bool reset_after = true;
  static constexpr Masks masks = Masks::own;

  std::string kind() const { return name; }

  Values forward(const Values& in) const {
    const Value mask = in[0].graph().mask(in[0]);
    expect_inputs(in);
    Value x = in[0];
    std::vector<Run> runs;
    for (std::int64_t layer = 0; layer < o.num_layers; ++layer) {
      if (layer > 0) x = dropped(x, layer - 1);
      Values merged;
      for (std::int64_t direction = 0; direction < directions(); ++direction) {
        runs.push_back(run(x, mask, layer, direction == 1, in));
        merged.push_back(runs.back().sequences[0]);
      }
      x = directions() == 1 ? merged[0] : concatenate(merged, 2);
    }
    Values outputs{o.return_sequences ? sequence(x, mask) : last(runs)};
    if (o.return_state)
      for (std::size_t s = 0; s < states(); ++s) outputs.push_back(stacked(runs, s));
    return outputs;
  }

 private:
  std::int64_t directions() const { return o.bidirectional ? 2 : 1; }
  std::size_t states() const { return cell == Cell::lstm ? 2 : 1; }
  std::int64_t gates() const { return cell == Cell::rnn ? 1 : cell == Cell::lstm ? 4 : 3; }

  // What makes a sequence of such an input.
  static std::string_view hint(Value x) {
    if (x.rank() != 2) return "";
    if (!is_floating(x.dtype())) return "; put an embedding before it";
    return "; a recurrent layer before it gives one with return_sequences: true, and a reshape to "
           "[T, features] makes one of plain rows";
  }

  void expect_inputs(const Values& in) const {
    const Value x = in[0];
    const std::string where = fmt::format("[{}] layer '{}'", name, x.graph().scope());
    if (x.rank() != 3 || !is_floating(x.dtype()))
      fail("E-SHAPE-01", "{}: got {}, expected a sequence [N, T, features] of numbers{}", where,
           x.type().text(), hint(x));
    if (in.size() == 1) return;
    if (in.size() != 1 + states())
      fail("E-NN-02", "{}: got {} inputs, expected the sequence, or the sequence and {}", where,
           in.size(), states() == 2 ? "its initial state and cell" : "its initial state");
    if (o.stateful)
      fail("E-NN-02", "{}: stateful is set and an initial state is given; take one of them", where);
    const Shape state{o.num_layers * directions(), x.dim(0), o.units};
    for (std::size_t i = 1; i < in.size(); ++i)
      if (in[i].shape() != state)
        fail("E-SHAPE-03",
             "{}: initial state {} has shape {}, and the input {} needs {}: [num_layers * "
             "directions, N, units]",
             where, i, in[i].shape().text(), x.shape().text(), state.text());
  }

  Value dropped(Value x, std::int64_t layer) const {
    if (o.dropout == 0) return x;
    return dropout({.rate = o.dropout}).named(fmt::format("dropout_l{}", layer))(x);
  }

  Run run(Value x, Value mask, std::int64_t layer, bool reverse, const Values& in) const {
    const std::string suffix = fmt::format("_l{}{}", layer, reverse ? "_reverse" : "");
    const std::int64_t rows = gates() * o.units, features = x.dim(2).value();
    const auto make = [&](std::string_view what, Shape shape) {
      return parameter(x, std::string(what) + suffix, std::move(shape), fan_in_uniform(),
                       {.fans = Fans{o.units, o.units}});
    };
    const Value w_in = make("weight_ih", {rows, features}), w = make("weight_hh", {rows, o.units});
    Value z = matmul(x, w_in, {.transpose_b = true}), inner;
    if (o.bias) {
      const Value b_in = make("bias_ih", {rows}), b = make("bias_hh", {rows});
      z = z + b_in;
      // The new gate's bias of a GRU stands within the bracket that the reset gate multiplies.
      if (cell == Cell::gru) {
        inner = slice(b, 0, 2 * o.units, kEnd);
        z = z + pad(slice(b, 0, 0, 2 * o.units), {{0, o.units}});
      } else {
        z = z + b;
      }
    }
    if (cell == Cell::gru && !inner) inner = zeros_of(x, {o.units});

    const std::int64_t place = layer * directions() + (reverse ? 1 : 0);
    Values start;
    for (std::size_t s = 0; s < states(); ++s) start.push_back(state(x, s, place, suffix, in));
    const SequenceOptions options{mask, reverse};
    Run result;
    if (cell == Cell::rnn) {
      result.sequences = {rnn_sequence(z, w, start[0], activation, options)};
    } else if (cell == Cell::gru) {
      result.sequences = {gru_sequence(z, w, inner, start[0], reset_after, options).states};
    } else {
      const LstmResult y = lstm_sequence(z, w, start[0], start[1], options);
      result.sequences = {y.states, y.cells};
    }
    for (std::size_t s = 0; s < states(); ++s) {
      const Value all = result.sequences[s];
      const Value end = reverse ? slice(all, 1, 0, 1) : slice(all, 1, -1, kEnd);
      result.last.push_back(reshape(end, {x.dim(0), o.units}));
      if (o.stateful) x.graph().update(kept(x, s, suffix), result.last.back());
    }
    return result;
  }

  // What stands before the first step: given, kept from the last run (or from the layer's use
  // before in this one), or zeros.
  Value state(Value x, std::size_t which, std::int64_t place, const std::string& suffix,
              const Values& in) const {
    const Shape shape{x.dim(0), o.units};
    if (in.size() > 1) return reshape(slice(in[1 + which], 0, place, place + 1), shape);
    if (!o.stateful) return zeros_of(x, shape);
    return x.graph().latest(kept(x, which, suffix));
  }

  // The state that outlives a run, and how it is named.
  Value kept(Value x, std::size_t which, const std::string& suffix) const {
    const Shape shape{x.dim(0), o.units};
    Graph& graph = x.graph();
    if (!shape.known())
      fail("E-SHAPE-09",
           "[{}] layer '{}': stateful keeps a state for each row of the batch, and the input {} "
           "does not say how many there are; trace it with a known batch size, in a C++ program (a "
           "training over batches of rows has none)",
           name, graph.scope(), x.shape().text());
    return graph.variable({graph.scope() + (which == 0 ? ".hidden" : ".cell") + suffix,
                           {x.dtype(), shape},
                           Role::counter,
                           false,
                           nullptr});
  }

  static Value zeros_of(Value x, Shape shape) {
    return broadcast_to(zero_like(x), std::move(shape));
  }

  // The last layer's sequence, zeros where it is padding.
  static Value sequence(Value y, Value mask) {
    if (!mask) return y;
    y = select(reshape(mask, {mask.dim(0), mask.dim(1), 1}), y, zero_like(y));
    y.graph().set_mask(y, mask);
    return y;
  }
  Value last(const std::vector<Run>& runs) const {
    Values sides;
    for (std::size_t i = runs.size() - static_cast<std::size_t>(directions()); i < runs.size(); ++i)
      sides.push_back(runs[i].last[0]);
    return sides.size() == 1 ? sides[0] : concatenate(sides, 1);
  }
  Value stacked(const std::vector<Run>& runs, std::size_t which) const {
    Values rows;
    for (const Run& r : runs)
      rows.push_back(reshape(r.last[which], {1, r.last[which].dim(0), o.units}));
    return rows.size() == 1 ? rows[0] : concatenate(rows, 0);
  }
};

Recurrent checked(RecurrentOptions o, Cell cell, const char* name) {
  expect_in_range({o.units}, 1, name, "units", kMostFeatures);
  expect_in_range({o.num_layers}, 1, name, "num_layers", kMostLayers);
  expect(o.dropout >= 0 && o.dropout < 1, name,
         fmt::format("dropout is {}, expected 0 <= dropout < 1", o.dropout));
  expect(o.dropout == 0 || o.num_layers > 1, name,
         fmt::format("dropout is {} and num_layers 1: it stands between layers only; put a "
                     "dropout behind this layer",
                     o.dropout));
  return {o, cell, name};
}

}  // namespace

Module simple_rnn(RecurrentOptions o, const Activation& activation) {
  expect(activation.name == "tanh" || activation.name == "relu", "simple_rnn",
         fmt::format("activation is {}, expected tanh or relu", activation.name));
  Recurrent layer = checked(o, Cell::rnn, "simple_rnn");
  layer.activation = activation.name;
  return layer;
}

Module lstm(RecurrentOptions o) { return checked(o, Cell::lstm, "lstm"); }

Module gru(RecurrentOptions o, bool reset_after) {
  Recurrent layer = checked(o, Cell::gru, "gru");
  layer.reset_after = reset_after;
  return layer;
}

}  // namespace glia::nn
