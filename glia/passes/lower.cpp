#include "glia/passes/pass.h"

namespace glia {
namespace {

// Adds a node, or what it decomposes into where the target cannot run it, and so on within.
Graph lower_once(const Graph& graph, const Target& target, bool& changed) {
  Graph lowered;
  lowered.training = graph.training;
  copy_into(graph, lowered, [&](const Node& node, const Values& inputs, Graph& into) -> Values {
    if (!node.op->decompose || target.supports(node)) return {};
    changed = true;
    return node.op->decompose(Call{*node.op, inputs, node.attributes, into.scope()});
  });
  return lowered;
}

}  // namespace

Graph lower(const Graph& graph, const PassContext& context) {
  bool changed = false;
  Graph lowered = lower_once(graph, context.target, changed);
  while (changed) {
    changed = false;
    lowered = lower_once(lowered, context.target, changed);
  }
  return lowered;
}

}  // namespace glia
