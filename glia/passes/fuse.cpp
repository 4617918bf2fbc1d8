// Elementwise fusion: groups of elementwise ops of one shape become one "fused" node.
#include <algorithm>
#include <numeric>
#include <set>

#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/passes/pass.h"

namespace glia {
namespace {

// A chain must fit the interpreter's registers and the machine's load streams.
constexpr std::size_t kMostSteps = 24;
constexpr std::size_t kMostInputs = 10;

struct Group {
  std::vector<const Node*> members;  // in graph order
};

class Fuser {
 public:
  explicit Fuser(const Graph& graph)
      : graph_(graph), group_of_(graph.nodes().size()), uses_(count_uses(graph)) {
    std::iota(group_of_.begin(), group_of_.end(), std::size_t{0});
    groups_.resize(graph.nodes().size());
    for (const auto& node : graph.nodes())
      groups_[static_cast<std::size_t>(node.id)].members = {&node};
  }

  Graph run() {
    for (const auto& node : graph_.nodes())
      if (fusible(node))
        for (const Value& v : node.inputs) try_merge(v, node);
    return emit();
  }

 private:
  static bool fusible(const Node& node) {
    if (!node.op->elementwise) return false;
    const auto good = [](DType t) { return t == DType::f32 || t == DType::boolean; };
    return good(node.outputs[0].dtype) &&
           std::all_of(node.inputs.begin(), node.inputs.end(),
                       [&](const Value& v) { return good(v.dtype()); });
  }

  std::size_t group(const Node* node) const {
    return group_of_[static_cast<std::size_t>(node->id)];
  }

  void try_merge(const Value& v, const Node& node) {
    const Node* producer = v.node();
    const std::size_t a = group(producer), b = group(&node);
    if (a == b || !fusible(*producer) || producer->outputs[0].shape != node.outputs[0].shape ||
        producer->outputs[0].layout != node.outputs[0].layout)
      return;
    std::vector<const Node*> members = groups_[a].members;
    members.insert(members.end(), groups_[b].members.begin(), groups_[b].members.end());
    if (members.size() > kMostSteps || inputs_of(members).size() > kMostInputs) return;
    if (passes_outside(a, b)) return;
    std::sort(members.begin(), members.end(), [](auto* x, auto* y) { return x->id < y->id; });
    for (const Node* m : members) group_of_[static_cast<std::size_t>(m->id)] = a;
    groups_[a].members = std::move(members);
    groups_[b].members.clear();
  }

  // In the graph's order, so that the same graph always gives the same plan.
  struct ByPlace {
    bool operator()(const Value& a, const Value& b) const {
      return std::pair(a.node()->id, a.output()) < std::pair(b.node()->id, b.output());
    }
  };

  static std::set<Value, ByPlace> inputs_of(const std::vector<const Node*>& members) {
    std::set<Value, ByPlace> inputs;
    for (const Node* m : members)
      for (const Value& v : m->inputs)
        if (std::find(members.begin(), members.end(), v.node()) == members.end()) inputs.insert(v);
    return inputs;
  }

  // Whether group b depends on group a, or a on b, through a node of neither: merged, they would
  // then depend on themselves. Groups are walked as wholes, for their members run together.
  bool passes_outside(std::size_t a, std::size_t b) const {
    return reaches_through_others(b, a, b) || reaches_through_others(a, b, a);
  }

  bool reaches_through_others(std::size_t from, std::size_t target, std::size_t other) const {
    std::set<std::size_t> seen;
    std::vector<std::size_t> pending;
    const auto push_inputs = [&](std::size_t g) {
      for (const Node* m : groups_[g].members)
        for (const Value& v : m->inputs) {
          const std::size_t source = group(v.node());
          const bool direct = g == from && source == target;
          if (!direct && source != other && seen.insert(source).second) pending.push_back(source);
        }
    };
    push_inputs(from);
    while (!pending.empty()) {
      const std::size_t g = pending.back();
      pending.pop_back();
      if (g == target) return true;
      push_inputs(g);
    }
    return false;
  }

  // Groups in an order in which they can run.
  void order(std::size_t g, std::vector<int>& state, std::vector<std::size_t>& sorted) const {
    if (state[g]++) return;
    for (const Node* m : groups_[g].members)
      for (const Value& v : m->inputs)
        if (group(v.node()) != g) order(group(v.node()), state, sorted);
    sorted.push_back(g);
  }

  Graph emit() {
    std::vector<int> state(groups_.size(), 0);
    std::vector<std::size_t> sorted;
    for (const auto& node : graph_.nodes()) order(group(&node), state, sorted);
    Graph fused;
    fused.training = graph_.training;
    ValueMap map;
    for (const std::size_t g : sorted) {
      const auto& members = groups_[g].members;
      if (members.size() > 1) {
        emit_group(members, fused, map);
        continue;
      }
      copy_one(*members[0], fused, map);
    }
    for (const auto& [name, value] : graph_.outputs()) fused.output(name, map.at(value));
    for (const auto& [variable, next] : graph_.updates())
      fused.update(map.at(variable), map.at(next));
    if (graph_.gate()) fused.gate(map.at(graph_.gate()));
    return fused;
  }

  void copy_one(const Node& node, Graph& into, ValueMap& map) const {
    into.set_scope(node.scope);
    Values made;
    if (node.op == &variable_def)
      made = {into.variable(graph_.variable_of(Value(&node, 0)))};
    else if (node.op == &input_def)
      made = {into.input(node.attributes.text("name"), node.attributes.type("type"))};
    else {
      Values inputs;
      for (const Value& v : node.inputs) inputs.push_back(map.at(v));
      made = into.add(*node.op, inputs, node.attributes);
    }
    for (std::size_t i = 0; i < made.size(); ++i) map[Value(&node, static_cast<int>(i))] = made[i];
  }

  // A member's value must be written out where someone outside the group uses it.
  bool leaves(const Node* member, const std::vector<const Node*>& members) const {
    int inside = 0;
    for (const Node* m : members)
      inside += static_cast<int>(std::count(m->inputs.begin(), m->inputs.end(), Value(member, 0)));
    const auto it = uses_.find(Value(member, 0));
    return it != uses_.end() && it->second > inside;
  }

  void emit_group(const std::vector<const Node*>& members, Graph& into, ValueMap& map) const {
    const auto external = inputs_of(members);
    std::map<Value, int> operand;
    Values inputs;
    for (const Value& v : external) {
      operand[v] = static_cast<int>(inputs.size());
      inputs.push_back(map.at(v));
    }
    std::vector<std::int64_t> steps, results, booleans;
    std::vector<double> parameters;
    std::vector<const Node*> out;
    for (const Node* m : members) {
      const MicroStep step = micro_steps(*m)[0];
      steps.push_back(static_cast<std::int64_t>(step.micro));
      for (std::size_t i = 0; i < 3; ++i)
        steps.push_back(i < m->inputs.size() ? operand.at(m->inputs[i]) : -1);
      parameters.push_back(step.parameter);
      operand[Value(m, 0)] = static_cast<int>(external.size() + parameters.size() - 1);
      if (!leaves(m, members)) continue;
      results.push_back(static_cast<std::int64_t>(parameters.size()) - 1);
      booleans.push_back(m->outputs[0].dtype == DType::boolean);
      out.push_back(m);
    }
    if (out.empty()) return;  // nobody uses any of it
    into.set_scope(members.back()->scope);
    const Values made =
        into.add(fused_def, inputs,
                 {{"shape", members[0]->outputs[0].shape},
                  {"steps", steps},
                  {"parameters",
                   Tensor::of({Dim(static_cast<std::int64_t>(parameters.size()))}, parameters)},
                  {"results", results},
                  {"booleans", booleans},
                  {"dtype", DType::f32}});
    for (std::size_t i = 0; i < out.size(); ++i) map[Value(out[i], 0)] = made[i];
  }

  const Graph& graph_;
  std::vector<std::size_t> group_of_;
  std::vector<Group> groups_;
  std::map<Value, int> uses_;
};

}  // namespace

Graph fuse_elementwise(const Graph& graph, const PassContext&) { return Fuser(graph).run(); }

}  // namespace glia
