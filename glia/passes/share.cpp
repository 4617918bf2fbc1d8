#include <algorithm>
#include <unordered_map>

#include "glia/passes/pass.h"

namespace glia {

Graph share_subexpressions(const Graph& graph, const PassContext&) {
  Graph shared;
  shared.training = graph.training;
  std::unordered_multimap<std::string, const Node*> seen;
  copy_into(graph, shared, [&](const Node& node, const Values& inputs, Graph& into) -> Values {
    if (node.op == &input_def || node.op == &variable_def) return {};
    std::string key(node.op->name);
    for (const Value& v : inputs)
      key += " " + std::to_string(v.node()->id) + "." + std::to_string(v.output());
    key += node.attributes.print();
    const auto [first, last] = seen.equal_range(key);
    const auto same = std::find_if(first, last, [&](const auto& entry) {
      return entry.second->attributes.same_as(node.attributes);
    });
    if (same != last) return same->second->values();
    Values made = into.add(*node.op, inputs, node.attributes);
    seen.emplace(key, made[0].node());
    return made;
  });
  return shared;
}

Graph remove_dead_code(const Graph& graph, const PassContext&) {
  std::vector<bool> needed(graph.nodes().size(), false);
  const auto need = [&](const Value& v) { needed[static_cast<std::size_t>(v.node()->id)] = true; };
  for (const auto& [name, value] : graph.outputs()) need(value);
  for (const auto& [variable, next] : graph.updates()) need(variable), need(next);
  if (graph.gate()) need(graph.gate());
  for (const auto& [name, value] : graph.inputs()) need(value);  // the interface stays
  for (std::size_t i = graph.nodes().size(); i-- > 0;)
    if (needed[i])
      for (const Value& v : graph.nodes()[i].inputs) need(v);
  Graph live;
  live.training = graph.training;
  copy_into(graph, live, nullptr, &needed);
  return live;
}

}  // namespace glia
