#include <algorithm>

#include "glia/passes/pass.h"

namespace glia {
namespace {

constexpr std::int64_t kMostElements =
    4096;  // a larger constant costs more memory than it saves time

bool foldable(const Node& node, const Values& inputs) {
  if (node.op == &input_def || node.op == &variable_def || node.op == &constant_def) return false;
  if (!std::all_of(inputs.begin(), inputs.end(),
                   [](const Value& v) { return v.node()->op == &constant_def; }))
    return false;
  return std::all_of(node.outputs.begin(), node.outputs.end(), [](const Type& t) {
    return t.layout == Layout::plain && t.shape.elements() <= kMostElements;
  });
}

}  // namespace

Graph fold(const Graph& graph, const PassContext& context) {
  Graph folded;
  folded.training = graph.training;
  copy_into(graph, folded, [&](const Node& node, const Values& inputs, Graph& into) -> Values {
    if (!foldable(node, inputs)) return {};
    Node ready = node;
    ready.inputs = inputs;
    Values constants;
    for (Tensor& t : context.evaluate(ready)) constants.push_back(into.constant(std::move(t)));
    return constants;
  });
  return folded;
}

}  // namespace glia
