// Copying, binding, joining and verifying graphs.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/ir/graph.h"

namespace glia {
namespace {

Values mapped(const Values& values, const ValueMap& map) {
  Values result;
  result.reserve(values.size());
  for (const auto& v : values) result.push_back(map.at(v));
  return result;
}

// Sources go through the graph's own makers, so that the same name gives the same value.
Values copy_node(const Node& node, const Graph& from, const Values& inputs, Graph& into) {
  if (node.op == &variable_def) return {into.variable(from.variable_of(Value(&node, 0)))};
  if (node.op == &input_def)
    return {into.input(node.attributes.text("name"), node.attributes.type("type"))};
  return into.add(*node.op, inputs, node.attributes);
}

}  // namespace

ValueMap copy_into(const Graph& from, Graph& into, const Replace& replace,
                   const std::vector<bool>* keep, bool interface, ValueMap map) {
  const std::string scope = into.scope();
  for (const auto& node : from.nodes()) {
    if (keep && !(*keep)[static_cast<std::size_t>(node.id)]) continue;
    if (map.contains(Value(&node, 0))) continue;
    const Values inputs = mapped(node.inputs, map);
    into.set_scope(node.scope);
    Values made = replace ? replace(node, inputs, into) : Values{};
    if (made.empty()) made = copy_node(node, from, inputs, into);
    for (std::size_t i = 0; i < made.size(); ++i) map[Value(&node, static_cast<int>(i))] = made[i];
  }
  into.set_scope(scope);
  if (interface) {
    for (const auto& [name, value] : from.outputs()) into.output(name, map.at(value));
    for (const auto& [variable, next] : from.updates()) into.update(map.at(variable), map.at(next));
    if (from.gate()) into.gate(map.at(from.gate()));
  }
  return map;
}

Graph bind(const Graph& graph, const Bindings& bindings) {
  Graph bound;
  bound.training = graph.training;
  copy_into(graph, bound, [&](const Node& node, const Values& inputs, Graph& into) -> Values {
    if (node.op == &input_def)
      return {
          into.input(node.attributes.text("name"), node.attributes.type("type").bind(bindings))};
    if (node.op == &variable_def) {
      Variable variable = graph.variable_of(Value(&node, 0));
      variable.type = variable.type.bind(bindings);
      return {into.variable(std::move(variable))};
    }
    return into.add(*node.op, inputs, node.attributes.bind(bindings));
  });
  return bound;
}

Graph join(const Graph& first, const Graph& second) {
  Graph joined;
  joined.training = first.training;
  copy_into(first, joined);
  ValueMap map;
  for (const auto& [name, value] : second.inputs())
    for (const auto& [output, result] : joined.outputs())
      if (output == name) map[value] = result;
  copy_into(second, joined, nullptr, nullptr, true, std::move(map));
  return joined;
}

void verify(const Graph& graph) {
  const auto expect = [](bool good, const Node& node, std::string_view what) {
    if (!good) fail("E-IR-07", "node %{} ({}): {}", node.id, node.op->name, what);
  };
  int position = 0;
  for (const auto& node : graph.nodes()) {
    expect(node.id == position++, node, "its id is not its position");
    expect(node.graph == &graph, node, "it belongs to another graph");
    for (const auto& v : node.inputs) {
      expect(static_cast<bool>(v), node, "an input is empty");
      expect(v.node()->graph == &graph && v.node()->id < node.id, node, "an input comes later");
      expect(v.output() < static_cast<int>(v.node()->outputs.size()), node,
             "an input names an output that does not exist");
    }
    const auto types = node.op->infer(node.call());
    expect(types == node.outputs, node, "its types are not what its shape rule says");
  }
  for (const auto& [variable, next] : graph.updates())
    if (variable.node()->op != &variable_def || next.node()->graph != &graph)
      fail("E-IR-07", "an update does not go from a value of this graph to a variable");
}

}  // namespace glia
