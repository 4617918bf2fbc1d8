// Internal: for tests. Passes run one by one, and graphs compared by the reference.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "glia/backends/cpu.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "glia/passes/pass.h"
#include "tests/exec/networks.h"

namespace glia::testing {

using Tensors = std::map<std::string, Tensor>;
using PassFunction = Graph (*)(const Graph&, const PassContext&);

// Constants are evaluated as exec does, by the reference.
inline std::vector<Tensor> evaluate(const Node& node) {
  Graph graph;
  Values in;
  for (const Value& v : node.inputs)
    in.push_back(graph.constant(v.node()->attributes.tensor("value")));
  const Values out = graph.add(*node.op, in, node.attributes);
  const auto values = interpret(graph, {});
  std::vector<Tensor> tensors;
  for (const Value& v : out) tensors.push_back(values.at(v));
  return tensors;
}
inline PassContext context(const Target& target = cpu_target()) { return {target, evaluate}; }

inline Graph run(PassFunction pass, const Graph& graph, const Target& target = cpu_target()) {
  Graph result = pass(graph, context(target));
  verify(result);
  return result;
}

inline int count(const Graph& graph, const OpDef& op) {
  int n = 0;
  for (const Node& node : graph.nodes()) n += node.op == &op;
  return n;
}

inline Tensor random_tensor(const Type& type, std::uint64_t seed) {
  Random random(seed, "values");
  Tensor t(type.dtype, type.shape);
  for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());
  return t;
}

inline Tensors inputs_of(const Graph& graph, std::uint64_t seed = 1) {
  Tensors given;
  for (const auto& [name, value] : graph.inputs())
    given.emplace(name, random_tensor(value.type(), ++seed));
  for (const auto& v : graph.variables()) given.emplace(v.name, random_tensor(v.type, ++seed));
  return given;
}

// Every output and update of both graphs, by the reference.
inline void expect_equal(const Graph& a, const Graph& b, double tolerance) {
  const auto given = inputs_of(a);
  const auto left = interpret(a, given), right = interpret(b, given);
  const auto compare = [&](const Tensor& x, const Tensor& y, const std::string& name) {
    ASSERT_EQ(x.shape().text(), y.shape().text()) << name;
    for (std::int64_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x.at(i)) && std::isnan(y.at(i))) continue;
      if (x.at(i) == y.at(i)) continue;
      ASSERT_NEAR(x.at(i), y.at(i), tolerance * (1 + std::fabs(x.at(i)))) << name << " " << i;
    }
  };
  ASSERT_EQ(a.outputs().size(), b.outputs().size());
  for (const auto& [name, value] : a.outputs())
    compare(left.at(value), right.at(b.find_output(name)), name);
  ASSERT_EQ(a.updates().size(), b.updates().size());
  for (std::size_t i = 0; i < a.updates().size(); ++i)
    compare(left.at(a.updates()[i].second), right.at(b.updates()[i].second), "update");
  EXPECT_EQ(static_cast<bool>(a.gate()), static_cast<bool>(b.gate()));
}

inline Value input(Graph& g, const char* name, Shape shape) {
  return g.input(name, {DType::f32, std::move(shape)});
}
inline Value constants(Graph& g, Shape shape, float value) {
  Tensor t(DType::f32, std::move(shape));
  for (float& x : t.data<float>()) x = value;
  return g.constant(t);
}

}  // namespace glia::testing
