// Each pass on small graphs made for it, and its traps. Fusion: fuse_test.cpp.
#include "tests/passes/graphs.h"

namespace glia {
namespace {

using testing::constants;
using testing::context;
using testing::count;
using testing::expect_equal;
using testing::input;
using testing::random_tensor;
using testing::run;
using testing::thrown;

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
