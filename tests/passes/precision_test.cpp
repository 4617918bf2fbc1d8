// The pass `precision`: which values are rounded, and which stay.
#include "glia/ops/recurrent.h"
#include "tests/passes/graphs.h"

namespace glia {
namespace {

using testing::constants;
using testing::context;
using testing::count;
using testing::input;
using testing::thrown;

Graph mixed(const Graph& graph) {
  PassContext mixing = context();
  mixing.precision = Precision::mixed_bf16;
  Graph result = mix_precision(graph, mixing);
  verify(result);
  return result;
}

int halves(const Graph& graph) {
  int n = 0;
  for (const Node& node : graph.nodes())
    n += std::ranges::count(node.outputs, DType::bf16, &Type::dtype);
  return n;
}

TEST(Precision, LeavesAGraphOfF32AsItIs) {
  Graph g;
  const Value x = input(g, "x", {4, 3});
  g.output("y", matmul(x, input(g, "w", {3, 2})));
  const Graph same = testing::run(mix_precision, g);
  EXPECT_EQ(halves(same), 0);
  EXPECT_EQ(same.nodes().size(), g.nodes().size());
}

TEST(Precision, RoundsAnOperandOnceForAllProducts) {
  Graph g;
  const Value x = input(g, "x", {4, 3}), w = g.variable({"w", {DType::f32, {3, 3}}});
  const Value y = matmul(x, w);
  g.output("y", y);
  g.output("z", matmul(matmul(x, w, {.transpose_b = true}), w));
  const Graph m = mixed(g);
  EXPECT_EQ(count(m, cast_def), 3);  // x, w, and what is multiplied with w again
  EXPECT_EQ(halves(m), 3);
  for (const auto& [name, value] : m.outputs()) EXPECT_EQ(value.dtype(), DType::f32);
}

TEST(Precision, OfEveryProduct) {
  Graph g;
  const Value x = input(g, "x", {2, 3, 6, 6}), w = g.variable({"w", {DType::f32, {4, 3, 3, 3}}});
  const Value s = input(g, "s", {2, 5, 12}), r = g.variable({"r", {DType::f32, {12, 3}}});
  const Value h = input(g, "h", {2, 3}), a = input(g, "a", {2, 5, 3});
  const auto lstm = lstm_sequence(s, r, h, h);
  g.output("conv", conv2d(x, w));
  g.output("items", batch_matmul(a, a, {.transpose_b = true}));
  g.output("states", lstm.states);
  const Graph m = mixed(g);
  EXPECT_EQ(count(m, cast_def), 4);  // x, w, a, and of the recurrent op the weight alone
  for (const Node& node : m.nodes())
    if (node.op == &lstm_sequence_def) {
      EXPECT_EQ(node.inputs[0].dtype(), DType::f32);
      EXPECT_EQ(node.inputs[1].dtype(), DType::bf16);
      EXPECT_EQ(node.inputs[2].dtype(), DType::f32);
    }
}

// Losses, normalisations, sums and updates.
TEST(Precision, OfNothingElse) {
  Graph g;
  const Value x = input(g, "x", {6, 4}), scale = g.variable({"scale", {DType::f32, {4}}});
  const auto normal = batch_norm(x, scale, scale, 1e-5);
  g.output("loss", reduce_mean(softmax(exp(normal.y) * x)));
  g.update(scale, scale - reduce_sum(x, {0}));
  EXPECT_EQ(halves(mixed(g)), 0);
}

// The weights of an interpolation are given, not learned: a product with them is no place to save.
TEST(Precision, LeavesProductsWithConstants) {
  Graph g;
  const Value x = input(g, "x", {4, 3});
  const Value given = reshape(constants(g, {9}, 0.3f), {3, 3});
  g.output("y", matmul(x, given));
  EXPECT_EQ(halves(mixed(g)), 0);
}

TEST(Precision, LeavesDoublesAlone) {
  Graph g;
  const Value x = g.input("x", {DType::f64, {4, 4}});
  g.output("y", matmul(x, x));
  EXPECT_EQ(halves(mixed(g)), 0);
}

TEST(Precision, IsTurnedOffByItsName) {
  Graph g;
  const Value x = input(g, "x", {8, 8});
  g.output("y", matmul(x, x));
  CompileOptions options{.precision = Precision::mixed_bf16};
  EXPECT_EQ(halves(compile(g, options)->graph()), 1);
  options.passes.disabled = {"precision"};
  EXPECT_EQ(halves(compile(g, options)->graph()), 0);
}

TEST(Precision, HasNames) {
  for (const Precision p : {Precision::f32, Precision::mixed_bf16})
    EXPECT_EQ(precision_from(name_of(p)), p);
  const auto error = thrown([] { precision_from("mixed_bf61"); });
  EXPECT_EQ(error.code, "E-PASS-03");
  EXPECT_TRUE(error.says("mixed_bf16")) << error.message;
}

}  // namespace
}  // namespace glia
