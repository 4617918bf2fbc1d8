// Chains that become one node, and random graphs through all passes.
#include "tests/passes/graphs.h"

namespace glia {
namespace {

using testing::context;
using testing::count;
using testing::expect_equal;
using testing::input;
using testing::run;

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

}  // namespace
}  // namespace glia
