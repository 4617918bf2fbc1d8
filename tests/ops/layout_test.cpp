// Ops that take values in physical layouts give the same numbers there as in plain order: held by
// running the reference kernels themselves over memory.
#include <gtest/gtest.h>

#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "glia/ops/pool.h"

namespace glia {
namespace {

// Every value as its type's layout puts it in memory.
std::map<Value, Tensor> run_kernels(const Graph& graph) {
  std::map<Value, Tensor> values;
  for (const Node& node : graph.nodes()) {
    std::vector<void*> in, out;
    for (const Value& v : node.inputs) in.push_back(values.at(v).raw());
    for (const Value& v : node.values())
      out.push_back(values.emplace(v, Tensor(v.dtype(), v.shape())).first->second.raw());
    reference_target().kernel(node, 1)->run({in.data(), out.data(), nullptr});
  }
  return values;
}

Tensor counted(Shape shape, double scale = 0.37) {
  Tensor t(DType::f32, std::move(shape));
  for (std::int64_t i = 0; i < t.size(); ++i)
    t.set(i, static_cast<double>(i * 7919 % 101 - 50) * scale);
  return t;
}

class LayoutTest : public ::testing::TestWithParam<Layout> {};

// Each case as a function of images in any layout, giving values that are made plain again.
TEST_P(LayoutTest, TheSameNumbersAsInPlainOrder) {
  using Case = Values (*)(Value x, Value dy);
  const std::vector<std::pair<const char*, Case>> cases{
      {"copy", [](Value x, Value) -> Values { return {x}; }},
      {"elementwise", [](Value x, Value dy) -> Values { return {tanh(x * dy + 1.0)}; }},
      {"channel",
       [](Value x, Value) -> Values {
         return {x * x.graph().constant(counted({1, 8, 1, 1}))};
       }},
      {"cast", [](Value x, Value) -> Values { return {cast(x, DType::i64)}; }},
      {"reduce",
       [](Value x, Value) -> Values {
         return {reduce_sum(x, {0, 2, 3})};
       }},
      {"conv2d",
       [](Value x, Value) -> Values {
         return {conv2d(x, x.graph().constant(counted({16, 8, 3, 3})))};
       }},
      {"conv2d_input_gradient",
       [](Value x, Value dy) -> Values {
         const Value w = x.graph().constant(counted({8, 8, 1, 1}));
         const Value y = conv2d(x, w);
         return {call(conv2d_input_gradient_def, {w, dy * y}, {{"shape", x.shape()}})[0]};
       }},
      {"conv2d_weight_gradient",
       [](Value x, Value dy) -> Values {
         return {call(conv2d_weight_gradient_def, {x, dy}, {{"shape", Shape{8, 8, 1, 1}}})[0]};
       }},
      {"max_pool2d",
       [](Value x, Value) -> Values {
         const Values y = call(max_pool2d_def, {x});
         const Value dx = call(max_pool2d_gradient_def, y, {{"shape", x.shape()}})[0];
         return {y[0], y[1], dx, call(max_pool2d_gather_def, {x, y[1]})[0]};
       }},
      {"average_pool2d",
       [](Value x, Value) -> Values {
         const Value y = average_pool2d(x);
         return {y, call(average_pool2d_gradient_def, {y}, {{"shape", x.shape()}})[0]};
       }},
      {"global_average_pool2d",
       [](Value x, Value) -> Values { return {global_average_pool2d(x)}; }},
      {"batch_norm",
       [](Value x, Value dy) -> Values {
         const Value one = x.graph().constant(counted({8}));
         const auto y = batch_norm(x, one, one, 1e-5);
         const Values back = call(batch_norm_gradient_def, {x, one, y.mean, y.variance, dy});
         return {y.y, y.mean, y.variance, back[0], back[1], back[2]};
       }},
  };
  for (const auto& [name, make] : cases) {
    SCOPED_TRACE(name);
    std::vector<Tensor> results[2];
    for (const bool plain : {true, false}) {
      Graph graph;
      const auto images = [&](Tensor t) {
        return reorder(graph.constant(std::move(t)), plain ? Layout::plain : GetParam());
      };
      Values made = make(images(counted({2, 8, 5, 4})), images(counted({2, 8, 5, 4}, 0.11)));
      for (Value& v : made) v = reorder(v, Layout::plain);
      const auto values = run_kernels(graph);
      for (const Value& v : made) results[plain].push_back(values.at(v));
    }
    for (std::size_t i = 0; i < results[0].size(); ++i)
      EXPECT_TRUE(same_bits(results[0][i], results[1][i])) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LayoutTest,
                         ::testing::Values(Layout::channels_last, Layout::blocked8),
                         [](const auto& info) { return std::string(name_of(info.param)); });

// N, H, W, C by hand.
TEST(Layout, ChannelsLastLiesAsItsNameSays) {
  Graph graph;
  const Value x = graph.constant(Tensor::of<float>({1, 2, 1, 3}, {1, 2, 3, 4, 5, 6}));
  const Value y = reorder(x, Layout::channels_last);
  const auto values = run_kernels(graph);
  const auto got = values.at(y).data<float>();
  EXPECT_EQ(std::vector<float>(got.begin(), got.end()), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

}  // namespace
}  // namespace glia
