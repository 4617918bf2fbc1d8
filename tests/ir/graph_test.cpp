#include "glia/ir/graph.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/backends/reference.h"
#include "glia/base/error.h"
#include "glia/ops/ops.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using glia::testing::code_of;

const Dim batch = Dim::symbol("batch");

Value weight(Graph& g, Shape shape = {3, 2}) {
  return g.variable({.name = "dense.weight", .type = {DType::f32, std::move(shape)}});
}

// x W with W updated to W - 0.5 and an output y.
Graph small() {
  Graph g;
  const Value x = g.input("x", {DType::f32, {batch, 3}});
  Value w, y;
  {
    const Graph::Scope outer(g, "body"), inner(g, "dense");
    w = weight(g);
    y = matmul(x, w);
  }
  g.output("y", y);
  g.update(w, w - 0.5);
  g.gate(all_finite({y}));
  return g;
}

TEST(Graph, TheSameNameIsTheSameValue) {
  Graph g;
  const Value w = weight(g);
  EXPECT_EQ(weight(g), w);
  EXPECT_EQ(g.variables().size(), 1u);
  EXPECT_EQ(g.find_variable("dense.weight"), w);
  EXPECT_FALSE(g.find_variable("dense.bias"));
  EXPECT_EQ(g.input("x", {DType::f32, {2}}), g.input("x", {DType::f32, {2}}));
  EXPECT_EQ(code_of([&] { weight(g, {3, 3}); }), "E-IR-02");
  EXPECT_EQ(code_of([&] { g.input("x", {DType::f64, {2}}); }), "E-IR-02");
}

TEST(Graph, RefusesValuesOfOthersAndEmptyOnes) {
  Graph a, b;
  const Value x = a.input("x", {DType::f32, {2}}), y = b.input("y", {DType::f32, {2}});
  EXPECT_EQ(code_of([&] { x + y; }), "E-IR-03");
  EXPECT_EQ(code_of([&] { x + Value(); }), "E-IR-03");
  EXPECT_EQ(code_of([&] { neg(Value()); }), "E-IR-03");
  EXPECT_EQ(a.nodes().size(), 1u);  // nothing half-made stays
}

TEST(Graph, UpdatesGoToVariablesOfTheSameType) {
  Graph g;
  const Value x = g.input("x", {DType::f32, {3, 2}}), w = weight(g);
  EXPECT_EQ(code_of([&] { g.update(x, w); }), "E-IR-05");
  EXPECT_EQ(code_of([&] { g.update(w, reduce_sum(w, {0})); }), "E-IR-05");
  EXPECT_EQ(code_of([&] { g.update(w, cast(w, DType::f64)); }), "E-IR-05");
  EXPECT_EQ(code_of([&] { g.update(w, w + x); }), "nothing");
}

TEST(Graph, ScopesNameLayersAndEnd) {
  const Graph g = small();
  EXPECT_EQ(g.find_output("y").node()->scope, "body.dense");
  EXPECT_EQ(g.gate().node()->scope, "");
  try {
    g.find_output("z");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), "E-IR-06");
    EXPECT_NE(std::string(e.what()).find("y"), std::string::npos);
  }
}

TEST(Graph, ParametersAreTheTrainableOnes) {
  Graph g;
  const Type type{DType::f32, {2}};
  const Value a = g.variable({.name = "a", .type = type});
  g.variable({.name = "mean", .type = type, .role = Role::statistic});
  g.variable({.name = "frozen", .type = type, .trainable = false});
  const Value b = g.variable({.name = "b", .type = type});
  EXPECT_EQ(g.parameters(), (Values{a, b}));
}

TEST(Graph, MovesWithItsValues) {
  Graph from;
  const Value x = from.input("x", {DType::f32, {2}});
  Graph into = std::move(from);
  EXPECT_EQ(&x.graph(), &into);
  const Value y = x + 1.0;
  into.output("y", y);
  EXPECT_NO_THROW(verify(into));
}

TEST(Printer, OneLineForEachNode) {
  const std::string text = small().text();
  EXPECT_EQ(text,
            "%0 = input() {name=x, type=f32[batch, 3]} -> f32[batch, 3]\n"
            "%1 = variable() {name=dense.weight, type=f32[3, 2]} -> f32[3, 2]  # body.dense\n"
            "%2 = matmul(%0, %1) {transpose_a=false, transpose_b=false, activation=none} -> "
            "f32[batch, 2]  # body.dense\n"
            "%3 = constant() {value=0.5} -> f32[]\n"
            "%4 = sub(%1, %3) -> f32[3, 2]\n"
            "%5 = all_finite(%2) -> bool[]\n"
            "output y = %2\n"
            "update dense.weight = %4\n"
            "gate %5\n");
}

TEST(CopyInto, KeepsEverything) {
  const Graph g = small();
  Graph copy;
  const ValueMap map = copy_into(g, copy);
  EXPECT_EQ(copy.text(), g.text());
  EXPECT_EQ(map.at(g.find_output("y")), copy.find_output("y"));
  EXPECT_EQ(&map.at(g.find_output("y")).graph(), &copy);
  EXPECT_NO_THROW(verify(copy));
}

TEST(CopyInto, SharesWhatHasTheSameName) {
  const Graph g = small();
  Graph twice;
  copy_into(g, twice);
  const ValueMap map = copy_into(g, twice, nullptr, nullptr, false);
  EXPECT_EQ(map.at(g.find_variable("dense.weight")), twice.find_variable("dense.weight"));
  EXPECT_EQ(twice.variables().size(), 1u);
  EXPECT_EQ(twice.inputs().size(), 1u);
  EXPECT_EQ(twice.updates().size(), 1u);  // interface was off
}

TEST(CopyInto, ReplacesAndLeavesOut) {
  Graph g;
  const Value x = g.input("x", {DType::f64, {2}});
  square(square(x));  // not used
  g.output("y", exp(neg(x)));
  std::vector<bool> keep;
  for (const Node& node : g.nodes()) keep.push_back(node.op != &square_def);
  Graph into;
  copy_into(
      g, into,
      [](const Node& node, const Values& inputs, Graph&) -> Values {
        if (node.op == &neg_def) return {inputs[0] * 3.0};
        return {};
      },
      &keep);
  for (const Node& node : into.nodes()) EXPECT_TRUE(node.op != &square_def && node.op != &neg_def);
  const auto values = interpret(into, {{"x", Tensor::of<double>({2}, {0, 1})}});
  EXPECT_DOUBLE_EQ(values.at(into.find_output("y")).at(1), std::exp(3.0));
}

TEST(Bind, ReplacesSymbolsEverywhere) {
  Graph g;
  const Value x = g.input("x", {DType::f32, {batch, 2, 3}});
  g.output("y", reshape(x, {batch, 6}));
  g.output("mean", reduce_mean(x, {0, 1, 2}));
  const Graph bound = bind(g, {{"batch", 4}});
  verify(bound);
  EXPECT_EQ(bound.find_output("y").shape(), (Shape{4, 6}));
  for (const Node& node : bound.nodes())
    for (const Type& type : node.outputs) EXPECT_TRUE(type.shape.known()) << node.op->name;
  Tensor ones(DType::f32, {4, 2, 3});
  for (std::int64_t i = 0; i < ones.size(); ++i) ones.set(i, 2);
  EXPECT_EQ(interpret(bound, {{"x", ones}}).at(bound.find_output("mean")).at(0), 2);
  EXPECT_THROW(interpret(g, {{"x", ones}}), Error);  // not bound
}

TEST(Bind, SaysWhereASizeDoesNotFit) {
  Graph g;
  const Value x = g.input("x", {DType::f32, {1, 1, Dim::symbol("height"), 8}});
  g.output("y", max_pool2d(x, {.window = {3, 3}}));
  EXPECT_EQ(bind(g, {{"height", 5}}).find_output("y").shape(), (Shape{1, 1, 2, 3}));
  EXPECT_EQ(code_of([&] { bind(g, {{"height", 2}}); }), "E-SHAPE-04");
}

TEST(Join, InputsOfTheSecondTakeOutputsOfTheFirst) {
  Graph first;
  const Value w = first.variable({.name = "w", .type = {DType::f64, {2}}});
  first.output("gradient", w * 2.0);
  Graph second;
  const Value v = second.variable({.name = "w", .type = {DType::f64, {2}}});
  const Value rate = second.input("rate", {DType::f64, {}});
  second.update(v, v - rate * second.input("gradient", {DType::f64, {2}}));

  const Graph both = join(first, second);
  verify(both);
  EXPECT_EQ(both.variables().size(), 1u);
  ASSERT_EQ(both.inputs().size(), 1u);
  EXPECT_EQ(both.inputs()[0].first, "rate");
  ASSERT_EQ(both.updates().size(), 1u);
  const auto values =
      interpret(both, {{"w", Tensor::of<double>({2}, {1, 3})}, {"rate", Tensor::scalar(0.1)}});
  EXPECT_DOUBLE_EQ(values.at(both.updates()[0].second).at(1), 3 - 0.1 * 6);
  EXPECT_DOUBLE_EQ(values.at(both.find_output("gradient")).at(0), 2);
}

// Nothing outside the graph can break it, so it is broken by force.
TEST(Verifier, FindsWhatIsBroken) {
  const auto broken = [](auto break_it) {
    Graph g = small();
    break_it(const_cast<std::deque<Node>&>(g.nodes()));
    return code_of([&] { verify(g); });
  };
  EXPECT_EQ(broken([](auto&) {}), "nothing");
  EXPECT_EQ(broken([](auto& nodes) { nodes[4].id = 7; }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[4].graph = nullptr; }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[2].inputs[0] = Value(); }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[2].inputs[0] = Value(&nodes[4], 0); }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[2].inputs[0] = Value(&nodes[0], 1); }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[2].outputs[0].dtype = DType::f64; }), "E-IR-07");
  EXPECT_EQ(broken([](auto& nodes) { nodes[2].outputs[0].shape = {batch, 3}; }), "E-IR-07");
}

TEST(Attributes, CompareByValueAndPrint) {
  const Attributes a{{"axis", std::int64_t{1}}, {"value", Tensor::scalar(2.0)}};
  const Attributes b{{"axis", std::int64_t{1}}, {"value", Tensor::scalar(2.0)}};
  const Attributes c{{"axis", std::int64_t{1}}, {"value", Tensor::scalar(2.5)}};
  const Attributes d{{"axis", 1.0}, {"value", Tensor::scalar(2.0)}};
  EXPECT_TRUE(a.same_as(b));
  EXPECT_FALSE(a.same_as(c));
  EXPECT_FALSE(a.same_as(d));
  EXPECT_FALSE(a.same_as({{"axis", std::int64_t{1}}}));
  EXPECT_EQ(a.print(), "axis=1, value=2");
  EXPECT_EQ(code_of([&] { a.real("axis"); }), "E-IR-01");
  EXPECT_EQ(code_of([&] { a.flag("keep"); }), "E-IR-01");
}

TEST(Graph, ASecondUpdateGoesOnFromTheFirst) {
  Graph g;
  const Value w = weight(g);
  EXPECT_EQ(g.latest(w), w);
  const Value first = w - 0.5;
  g.update(w, first);
  EXPECT_EQ(g.latest(w), first);
  EXPECT_EQ(code_of([&] { g.update(w, w * 2.0); }), "E-IR-09");  // the first would be lost
  const Value second = g.latest(w) * 2.0;
  g.update(w, second);
  EXPECT_EQ(g.latest(w), second);
  EXPECT_EQ(g.updates().size(), 1u);
  // Two graphs that both update one variable are no step together.
  EXPECT_EQ(code_of([] { join(small(), small()); }), "E-IR-09");
}

TEST(Graph, AnEmptyValueIsNoCrash) {
  Graph g;
  const Value x = g.input("x", {DType::f32, {2}});
  EXPECT_EQ(code_of([&] { Value() * x; }), "E-IR-03");
  EXPECT_EQ(code_of([&] { x + Value(); }), "E-IR-03");
  EXPECT_EQ(code_of([&] { square(Value()); }), "E-IR-03");
  EXPECT_EQ(code_of([&] { g.update(Value(), x); }), "E-IR-05");
}

}  // namespace
}  // namespace glia
