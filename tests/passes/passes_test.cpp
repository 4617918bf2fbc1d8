// Each pass on small graphs made for it, its traps, and random graphs through all of them.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/backends/cpu.h"
#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "glia/passes/pass.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

using testing::thrown;
using Tensors = std::map<std::string, Tensor>;
using PassFunction = Graph (*)(const Graph&, const PassContext&);

// Constants are evaluated as exec does, by the reference.
std::vector<Tensor> evaluate(const Node& node) {
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
PassContext context(const Target& target = cpu_target()) { return {target, evaluate}; }

Graph run(PassFunction pass, const Graph& graph, const Target& target = cpu_target()) {
  Graph result = pass(graph, context(target));
  verify(result);
  return result;
}

int count(const Graph& graph, const OpDef& op) {
  int n = 0;
  for (const Node& node : graph.nodes()) n += node.op == &op;
  return n;
}

Tensor random_tensor(const Type& type, std::uint64_t seed) {
  Random random(seed, "values");
  Tensor t(type.dtype, type.shape);
  for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());
  return t;
}

Tensors inputs_of(const Graph& graph, std::uint64_t seed = 1) {
  Tensors given;
  for (const auto& [name, value] : graph.inputs())
    given.emplace(name, random_tensor(value.type(), ++seed));
  for (const auto& v : graph.variables()) given.emplace(v.name, random_tensor(v.type, ++seed));
  return given;
}

// Every output and update of both graphs, by the reference.
void expect_equal(const Graph& a, const Graph& b, double tolerance) {
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

Value input(Graph& g, const char* name, Shape shape) {
  return g.input(name, {DType::f32, std::move(shape)});
}
Value constants(Graph& g, Shape shape, float value) {
  Tensor t(DType::f32, std::move(shape));
  for (float& x : t.data<float>()) x = value;
  return g.constant(t);
}

TEST(Fold, ComputesWhatIsConstant) {
  Graph g;
  const Value x = input(g, "x", {2});
  const Value five = exp(g.scalar(0)) + 4.0;
  g.output("y", x * five + element_count(x, {0}));
  const Graph folded = run(fold, g);
  EXPECT_EQ(count(folded, exp_def), 0);
  EXPECT_EQ(count(folded, element_count_def), 0);
  EXPECT_EQ(count(folded, add_def), 1);
  expect_equal(g, folded, 0);
}

// What is larger than a page of numbers stays an op: memory would grow for nothing.
TEST(Fold, LeavesWhatIsLarge) {
  Graph g;
  g.output("y", broadcast_to(g.scalar(2), {100, 100}));
  EXPECT_EQ(count(run(fold, g), broadcast_to_def), 1);
}

TEST(Fold, OfSeveralOutputs) {
  Graph g;
  const auto n = batch_norm(g.constant(random_tensor({DType::f32, {5, 2}}, 3)),
                            constants(g, {2}, 1), constants(g, {2}, 0), 1e-5);
  g.output("y", n.y);
  g.output("mean", n.mean);
  g.output("variance", n.variance);
  const Graph folded = run(fold, g);
  EXPECT_EQ(count(folded, batch_norm_def), 0);
  expect_equal(g, folded, 0);
}

TEST(Share, ComputesEqualThingsOnce) {
  Graph g;
  const Value x = input(g, "x", {3}), y = input(g, "y", {3});
  g.output("a", exp(x + y) + exp(x + y));
  g.output("b", leaky_relu(x, 0.1) + leaky_relu(x, 0.2) + leaky_relu(x, 0.1));
  g.output("c", y + x);  // another order is another node: sums of NaNs may differ
  g.output("d",
           reduce_sum(g.scalar(2) * x) + reduce_sum(g.scalar(2) * x) + reduce_sum(g.scalar(3) * x));
  const Graph shared = run(share_subexpressions, g);
  EXPECT_EQ(count(shared, exp_def), 1);
  EXPECT_EQ(count(shared, leaky_relu_def), 2);
  EXPECT_EQ(count(shared, reduce_sum_def), 2);
  EXPECT_EQ(count(shared, constant_def), 2);
  expect_equal(g, shared, 0);
}

TEST(Share, KeepsMasksOfDifferentLayersApart) {
  Graph g;
  const Value x = input(g, "x", {64});
  const Value step = g.constant(Tensor::scalar(std::int64_t{4}));
  g.output("y", x * dropout_mask(x, step, 0.5, 1, 10) * dropout_mask(x, step, 0.5, 1, 11) *
                    dropout_mask(x, step, 0.5, 1, 10));
  const Graph shared = run(share_subexpressions, g);
  EXPECT_EQ(count(shared, dropout_mask_def), 2);
  expect_equal(g, shared, 0);
}

TEST(DeadCode, KeepsOutputsUpdatesGateAndInputs) {
  Graph g;
  const Value x = input(g, "x", {2}), unused = input(g, "unused", {2});
  const Value v = g.variable({.name = "v", .type = {DType::f32, {2}}});
  g.variable({.name = "dead", .type = {DType::f32, {2}}});
  exp(x * 3.0);
  g.output("y", tanh(x));
  g.update(v, v - sigmoid(x));
  g.gate(all_finite({sqrt(unused)}));
  const Graph live = run(remove_dead_code, g);
  EXPECT_EQ(count(live, exp_def), 0);
  EXPECT_EQ(count(live, mul_def), 0);
  for (const OpDef* op : {&tanh_def, &sigmoid_def, &sqrt_def, &sub_def})
    EXPECT_EQ(count(live, *op), 1);
  EXPECT_EQ(live.inputs().size(), 2u);
  EXPECT_FALSE(live.find_variable("dead"));
  expect_equal(g, live, 0);
}

TEST(Simplify, NeutralElementsDisappear) {
  Graph g;
  const Value x = input(g, "x", {2, 3});
  g.output("a", x * 1.0);
  g.output("b", 1.0 * x);
  g.output("c", x / 1.0);
  g.output("d", x - 0.0);
  g.output("e", 0.0 + x);
  g.output("f", x + 0.0);
  const Graph simple = run(simplify, g);
  for (const auto& [name, value] : simple.outputs())
    EXPECT_EQ(value.node()->op, &input_def) << name;
  expect_equal(g, simple, 0);
}

// What looks neutral and is not: it turns the operands, or widens the shape.
TEST(Simplify, TrapsStay) {
  Graph g;
  const Value x = input(g, "x", {1, 3});
  g.output("widened", x * constants(g, {2, 1}, 1));
  g.output("widened_sum", constants(g, {2, 3}, 0) + x);
  g.output("over", 1.0 / x);
  g.output("negative", 0.0 - x);
  g.output("raised", reduce_sum(x, {0, 1}) * constants(g, {1, 1}, 1));
  const Graph simple = run(simplify, g);
  EXPECT_EQ(count(simple, mul_def) + count(simple, add_def) + count(simple, div_def) +
                count(simple, sub_def),
            5);
  expect_equal(g, simple, 0);
}

TEST(Simplify, ReshapesAndRepetitions) {
  Graph g;
  const Value x = input(g, "x", {2, 6}), s = input(g, "s", {});
  g.output("a", reshape(reshape(reshape(x, {12}), {3, 4}), {4, 3}));
  g.output("b", x * broadcast_to(s, {2, 6}));
  g.output("c", broadcast_to(s, {2, 6}) * broadcast_to(s, {2, 6}));  // one of them gives the shape
  const Graph simple = run(simplify, g), live = run(remove_dead_code, simple);
  EXPECT_EQ(count(live, reshape_def), 1);
  EXPECT_EQ(count(live, broadcast_to_def), 1);
  expect_equal(g, live, 0);
}

TEST(Simplify, ReductionsOverAxesOfSizeOne) {
  Graph g;
  const Value x = input(g, "x", {5, 1, 1}), y = input(g, "y", {5, 2, 1});
  g.output("sum", reduce_sum(x, {1}));
  g.output("max", reduce_max(x, {1, 2}));
  g.output("kept", reduce_sum(y, {2}, true));
  g.output("back", reshape(reshape(y, {10}), {5, 2, 1}));
  g.output("size_two", reduce_sum(y, {1, 2}));  // stays
  const Graph simple = run(simplify, g), live = run(remove_dead_code, simple);
  EXPECT_EQ(count(live, reduce_sum_def), 1);
  EXPECT_EQ(count(live, reduce_max_def), 0);
  EXPECT_EQ(count(live, reshape_def), 2);
  for (const auto& [name, value] : live.outputs())
    if (name == "kept" || name == "back") {
      EXPECT_EQ(value.node()->op, &input_def) << name;
    }
  expect_equal(g, live, 0);
}

TEST(Epilogue, BiasAndReluJoinTheProduct) {
  Graph g;
  const Value x = input(g, "x", {4, 3}), w = input(g, "w", {3, 5}), b = input(g, "b", {5});
  g.output("y", relu(matmul(x, w) + b));
  g.output("z", relu(reshape(b, {1, 5}) + matmul(x, w)));
  const Value image = input(g, "image", {2, 3, 5, 5}), k = input(g, "k", {4, 3, 3, 3});
  const Value bias = input(g, "bias", {4});
  g.output("c", relu(conv2d(image, k) + reshape(bias, {1, 4, 1, 1})));
  const Graph fused = run(fuse_epilogues, g);
  EXPECT_EQ(count(fused, relu_def), 0);
  EXPECT_EQ(count(fused, add_def), 0);
  expect_equal(g, fused, 1e-6);
}

// A product of more than two dimensions is a matrix's between two reshapes.
TEST(Epilogue, ReachesThroughTheReshapesOfTallerProducts) {
  Graph g;
  const Value x = input(g, "x", {2, 4, 3}), w = input(g, "w", {3, 5}), b = input(g, "b", {5});
  const Value sum = matmul(x, w) + b;
  g.output("y", relu(sum));
  g.output("z", relu(b + matmul(x, w)));
  // Here what is added is no bias: a row for each place, and columns that the reshape has cut.
  g.output("places", matmul(x, w) + input(g, "rows", {4, 5}));
  g.output("cut", reshape(matmul(x, w), {8, 5, 1}) + input(g, "one", {1}));
  const Graph fused = run(fuse_epilogues, g);
  EXPECT_EQ(count(fused, relu_def), 0);
  EXPECT_EQ(count(fused, add_def), 2);
  expect_equal(g, fused, 1e-6);
}

TEST(Epilogue, TrapsStay) {
  Graph g;
  const Value x = input(g, "x", {5, 3}), w = input(g, "w", {3, 5});
  const Value rows = input(g, "rows", {5, 1}), full = input(g, "full", {5, 5}),
              one = input(g, "one", {});
  g.output("rows", relu(matmul(x, w) + rows));  // along the other axis
  g.output("full", relu(matmul(x, w) + full));
  g.output("one", relu(matmul(x, w) + one));
  const Value b = input(g, "b", {5});
  const Value product = matmul(x, w);
  g.output("twice", relu(product + b) + product);  // the product itself is needed
  const Value sum = matmul(x, w) + b;
  g.output("before", sum);
  g.output("after", relu(sum));
  const Value image = input(g, "image", {5, 5, 5, 5}), k = input(g, "k", {5, 5, 1, 1});
  g.output("columns", conv2d(image, k) + b);  // along the width, not the channels
  const Graph fused = run(fuse_epilogues, g);
  EXPECT_EQ(count(fused, relu_def), 5);
  expect_equal(g, fused, 1e-6);
}

// A target that likes channels last.
class ChannelsLast final : public Target {
 public:
  std::string name() const override { return "channels_last"; }
  std::string fingerprint() const override { return name(); }
  std::optional<Kernel> kernel(const Node& node, int t) const override {
    return reference_target().kernel(node, t);
  }
  Layout layout(const Node&) const override { return Layout::channels_last; }
};

TEST(Layout, StaysThroughChains) {
  Graph g;
  const Value x = input(g, "x", {2, 3, 8, 8}), k = input(g, "k", {8, 3, 3, 3}),
              l = input(g, "l", {4, 8, 3, 3});
  const Value hidden = relu(conv2d(x, k));
  g.output("y", conv2d(max_pool2d(hidden), l));
  const Graph placed = run(choose_layouts, g, ChannelsLast());
  EXPECT_EQ(count(placed, reorder_def), 2);  // in and out, nothing between
  for (const auto& [name, value] : placed.outputs()) EXPECT_EQ(value.type().layout, Layout::plain);
  expect_equal(g, placed, 1e-6);
}

TEST(Layout, OfWhatMixesImagesAndOthers) {
  Graph g;
  const Value x = input(g, "x", {2, 4, 6, 6}), k = input(g, "k", {4, 4, 3, 3}),
              b = input(g, "b", {4});
  const Value y = conv2d(x, k);
  g.output("biased", y + reshape(b, {1, 4, 1, 1}));
  g.output("rows", matmul(reshape(y, {2, 64}), input(g, "w", {64, 3})));
  g.output("channels", reduce_sum(y, {0, 2, 3}));
  g.output("width", reduce_sum(y, {3}));
  g.output("turned", transpose(y, {0, 2, 3, 1}));
  g.output("soft", softmax(y));
  g.output("raw", y);
  const Graph placed = run(choose_layouts, g, ChannelsLast());
  expect_equal(g, placed, 1e-6);
}

TEST(Layout, LeavesTablesAlone) {
  Graph g;
  const Value x = input(g, "x", {2, 3, 4, 5});  // four dimensions, and no image op
  g.output("y", exp(x) + reduce_sum(x, {1}, true));
  const Graph placed = run(choose_layouts, g, ChannelsLast());
  EXPECT_EQ(count(placed, reorder_def), 0);
  EXPECT_EQ(placed.nodes().size(), g.nodes().size());
}

TEST(Fuse, ChainsBecomeOne) {
  Graph g;
  const Value x = input(g, "x", {7, 5}), b = input(g, "b", {5});
  const Value y = tanh(x + b) * 2.0;
  g.output("y", sigmoid(y) - y);
  const Graph fused = run(fuse_elementwise, g);
  EXPECT_EQ(count(fused, fused_def), 1);
  EXPECT_EQ(count(fused, tanh_def) + count(fused, sub_def), 0);
  expect_equal(g, fused, 1e-6);
}

// a -> reduction -> c together with a -> c: fused, c would need itself.
TEST(Fuse, NeverMakesCycles) {
  Graph g;
  const Value x = input(g, "x", {4});
  const Value a = exp(x);
  const Value total = reduce_sum(a);
  const Value c = a / total;
  g.output("y", square(c) + reduce_sum(c) * x);
  const Graph fused = run(fuse_elementwise, g);
  EXPECT_GE(count(fused, fused_def), 1);
  expect_equal(g, fused, 1e-6);
}

// Chains that nobody uses, as they are where dead code was not removed before.
TEST(Fuse, DropsWhatNobodyUses) {
  Graph g;
  const Value x = input(g, "x", {4});
  tanh(exp(x) + 1.0);
  g.output("y", square(x));
  const Graph fused = run(fuse_elementwise, g);
  EXPECT_EQ(count(fused, fused_def), 0);
  expect_equal(g, fused, 0);
}

// A graph of random ops over a few shapes; reductions and products stand between chains.
Graph random_graph(std::uint64_t seed) {
  Random random(seed, "graph");
  const auto pick = [&](std::size_t n) { return static_cast<std::size_t>(random.below(n)); };
  Graph g;
  std::vector<Value> full{input(g, "x", {3, 4}), input(g, "y", {3, 4}),
                          g.variable({.name = "v", .type = {DType::f32, {3, 4}}})};
  std::vector<Value> small{input(g, "row", {4}), input(g, "column", {3, 1}), g.scalar(1),
                           g.scalar(0), g.scalar(0.5)};
  Value (*const unary[])(Value) = {exp, tanh, sigmoid, relu, square, neg, abs, sign};
  Value (*const binary[])(Value, Value) = {add, sub, mul, maximum, minimum};
  const std::size_t size = 5 + pick(35);
  for (std::size_t i = 0; i < size; ++i) {
    const Value a = full[pick(full.size())], b = full[pick(full.size())],
                s = small[pick(small.size())];
    switch (pick(9)) {
      case 0:
      case 1:
        full.push_back(tanh(unary[pick(8)](a)));
        break;  // tanh keeps it in range
      case 2:
      case 3:
        full.push_back(binary[pick(5)](a, b));
        break;
      case 4:
        full.push_back(binary[pick(5)](a, s));
        break;
      case 5:
        full.push_back(select(greater(a, b), a, s));
        break;
      case 6:
        small.push_back(tanh(reduce_sum(a, {1}, true)));
        break;
      case 7:
        small.push_back(tanh(reduce_sum(a)));
        break;
      case 8:
        full.push_back(tanh(matmul(a, transpose(b, {1, 0}))).dim(0) == Dim(3)
                           ? reshape(reshape(a, {12}), {3, 4})
                           : a);
        break;
    }
  }
  for (int i = 0; i < 3; ++i)
    g.output("o" + std::to_string(i), full[full.size() - 1 - pick(full.size())]);
  g.update(full[2], full.back());
  g.gate(all_finite({full.back()}));
  return g;
}

TEST(AllPasses, MeanTheSameOnRandomGraphs) {
  int fused_nodes = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE(seed);
    const Graph g = random_graph(seed);
    for (const Pass& pass : passes()) {
      SCOPED_TRACE(std::string(pass.name));
      expect_equal(g, run(pass.run, g), 1e-4);
    }
    Graph copy;
    copy_into(g, copy);
    const Graph all = run_passes(std::move(copy), context());
    fused_nodes += count(all, fused_def);
    expect_equal(g, all, 1e-4);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(fused_nodes, 400);
}

TEST(Running, SwitchesVerifiesAndTimes) {
  Graph g;
  const Value x = input(g, "x", {2});
  g.output("y", exp(x) + exp(x));
  PassOptions options;
  for (const Pass& pass : passes()) options.disabled.emplace_back(pass.name);
  std::vector<PassTime> times;
  const Graph same = run_passes(bind(g, {}), context(), options, &times);
  EXPECT_TRUE(times.empty());
  EXPECT_EQ(same.text(), g.text());
  options.disabled = {"share"};
  const Graph most = run_passes(bind(g, {}), context(), options, &times);
  EXPECT_EQ(times.size(), passes().size() - 1);
  EXPECT_EQ(times.back().nodes, most.nodes().size());
  for (const auto& t : times) EXPECT_GE(t.seconds, 0);
  options.disabled = {"shear"};
  const auto unknown = thrown([&] { run_passes(bind(g, {}), context(), options); });
  EXPECT_TRUE(unknown.code == "E-PASS-01" && unknown.says("'share'")) << unknown.message;
}

// A graph whose node claims a type that its shape rule does not give.
TEST(Running, BrokenGraphsAreFound) {
  Graph g;
  const Value x = input(g, "x", {2, 3});
  g.output("y", exp(x));
  const_cast<Node*>(g.find_output("y").node())->outputs[0].shape = Shape{3, 2};
  const auto broken = thrown([&] { run_passes(std::move(g), context()); });
  EXPECT_EQ(broken.code, "E-IR-07");
  EXPECT_TRUE(broken.says("exp")) << broken.message;

  Graph order;
  const Value a = input(order, "a", {2});
  const Value b = exp(a), c = tanh(b);
  const_cast<Node*>(b.node())->inputs[0] = c;
  EXPECT_EQ(thrown([&] { verify(order); }).code, "E-IR-07");
}

}  // namespace
}  // namespace glia
