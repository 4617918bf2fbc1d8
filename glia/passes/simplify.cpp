#include <algorithm>

#include "glia/ops/ops.h"
#include "glia/passes/pass.h"

namespace glia {
namespace {

bool is_scalar(const Value& v, double number) {
  if (v.node()->op != &constant_def) return false;
  const Tensor& t = v.node()->attributes.tensor("value");
  return t.size() == 1 && t.at(0) == number;
}

// The operand that the result equals, where the other one is neutral and does not widen the shape.
Value neutral(const Node& node, const Values& in) {
  const auto same = [&](int kept, int other, double number) {
    return is_scalar(in[static_cast<std::size_t>(other)], number) &&
           in[static_cast<std::size_t>(kept)].shape() == node.outputs[0].shape;
  };
  if (node.op == &mul_def && same(0, 1, 1)) return in[0];
  if (node.op == &mul_def && same(1, 0, 1)) return in[1];
  if (node.op == &div_def && same(0, 1, 1)) return in[0];
  // x + 0 is not x for x = -0, but equal to it; x - 0 is x.
  if (node.op == &sub_def && same(0, 1, 0)) return in[0];
  if (node.op == &add_def && same(0, 1, 0)) return in[0];
  if (node.op == &add_def && same(1, 0, 0)) return in[1];
  return {};
}

// A sum or maximum over axes of size 1 only is its operand in another shape.
bool reduces_nothing(const Node& node) {
  if (node.op != &reduce_sum_def && node.op != &reduce_max_def) return false;
  const Value& x = node.inputs[0];
  return std::ranges::all_of(node.attributes.integers("axes"), [&](std::int64_t axis) {
    return x.shape()[static_cast<int>(axis)] == Dim(1);
  });
}

// One reshape of what is no reshape itself, or none.
Value reshaped(Value x, const Shape& shape) {
  while (x.node()->op == &reshape_def) x = x.node()->inputs[0];
  return x.shape() == shape ? x : reshape(x, shape);
}

// Elementwise ops repeat their operands by themselves: take what a broadcast_to was made of, as
// long as another operand still gives the result its shape.
Values without_repetition(const Node& node, Values in, Graph& into) {
  bool changed = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (in[i].node()->op != &broadcast_to_def) continue;
    const Value source = in[i].node()->inputs[0];
    if (source.rank() != 0) continue;
    bool shaped = false;
    for (std::size_t j = 0; j < in.size(); ++j)
      if (j != i) shaped = shaped || in[j].shape() == node.outputs[0].shape;
    if (!shaped) continue;
    in[i] = source;
    changed = true;
  }
  return changed ? into.add(*node.op, in, node.attributes) : Values{};
}

}  // namespace

Graph simplify(const Graph& graph, const PassContext&) {
  Graph simple;
  simple.training = graph.training;
  copy_into(graph, simple, [&](const Node& node, const Values& inputs, Graph& into) -> Values {
    if (const Value kept = neutral(node, inputs)) return {kept};
    if (node.op->elementwise) return without_repetition(node, inputs, into);
    if (node.op == &reshape_def || reduces_nothing(node))
      return {reshaped(inputs[0], node.outputs[0].shape)};
    return {};
  });
  return simple;
}

}  // namespace glia
