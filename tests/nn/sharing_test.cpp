// One layer used twice shares its parameters; two layers of one name must not.
#include <cmath>

#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "tests/nn/golden.h"

namespace glia {
namespace {

using testing::thrown;

template <class F>
struct Block {
  F body;
  Value forward(Value x) const { return body(x); }
  std::string kind() const { return "block"; }
};
template <class F>
nn::Module block(F body) {
  return Block<F>{std::move(body)};
}

std::size_t parameters(const nn::Module& module) {
  Graph graph;
  module(graph.input("x", {DType::f32, {4, 3}}));
  return graph.parameters().size();
}
std::string code(const nn::Module& module) {
  return thrown([&] { parameters(module); }).code;
}

nn::Module dense() { return nn::dense({.units = 3}); }

TEST(Sharing, OneModuleTwice) {
  const auto shared = dense();
  EXPECT_EQ(parameters(block([=](Value x) { return shared(shared(x)); })), 2u);
  const nn::Module copy = shared;
  EXPECT_EQ(parameters(block([=](Value x) { return copy(shared(x)); })), 2u);
  EXPECT_EQ(parameters(block([=](Value x) { return shared.named("other")(shared(x)); })), 4u);
}

TEST(Sharing, TwoModulesOfOneNameAreAnError) {
  const auto a = dense(), b = dense();
  const auto both = block([=](Value x) { return b(a(x)); });
  const auto error = thrown([&] { parameters(both); });
  EXPECT_EQ(error.code, "E-NN-03");
  EXPECT_TRUE(error.says("'block.dense'") && error.says("'block.dense.weight'") &&
              error.says("[3, 3]") && error.says(".named("))
      << error.message;
  EXPECT_EQ(parameters(block([=](Value x) { return b.named("second")(a(x)); })), 4u);
  // Another size is the same mistake.
  const auto wide = nn::dense({.units = 5});
  EXPECT_EQ(code(block([=](Value x) { return wide(a(x)); })), "E-NN-03");
  // Made where they are used, one after the other, so that the second may lie where the first lay.
  EXPECT_EQ(code(block([](Value x) { return dense()(dense()(x)); })), "E-NN-03");
  // Not inside a layer at all.
  EXPECT_EQ(thrown([] {
              Graph graph;
              const auto x = graph.input("x", {DType::f32, {4, 3}});
              dense()(dense()(x));
            }).code,
            "E-NN-03");
  // Below two containers of one name, and below two without a name.
  for (const char* name : {"stage", ""}) {
    const auto first = nn::sequential({dense()}, name), second = nn::sequential({dense()}, name);
    EXPECT_EQ(code(block([=](Value x) { return second(first(x)); })), "E-NN-03") << name;
    EXPECT_EQ(parameters(block([=](Value x) { return first(first(x)); })), 2u) << name;
  }
  // After a detour through others.
  const auto other = dense().named("other");
  EXPECT_EQ(code(block([=](Value x) { return b(other(a(other(x)))); })), "E-NN-03");
}

// A layer that makes its parts at each call is one layer all the same.
TEST(Sharing, PartsMadeAtEachCall) {
  const auto tower = block([](Value x) { return nn::sequential({dense(), dense()})(x); });
  EXPECT_EQ(parameters(tower), 4u);
  EXPECT_EQ(parameters(nn::Module(block([=](Value x) { return tower(tower(x)); })).named("twins")),
            4u);
}

TEST(Sharing, LayersWithoutParametersHaveNothingToShare) {
  EXPECT_EQ(
      parameters(block([](Value x) {
        return nn::dropout({.rate = 0.5})(nn::dropout({.rate = 0.1})(nn::Module(nn::relu)(x)));
      })),
      0u);
  // A name is free for parameters where its first owner had none.
  EXPECT_EQ(parameters(block([](Value x) { return dense()(nn::dropout().named("dense")(x)); })),
            2u);
}

// One training step of a model over two inputs.
void train_once(const nn::Module& model, const Tensor& a, const Tensor& b, Store& store) {
  Graph graph;
  graph.output("y", model(graph.input("a", {DType::f32, a.shape()}),
                          graph.input("b", {DType::f32, b.shape()})));
  store.initialize(graph, 1);
  Session session(compile(graph, {}), store);
  session.bind("a", a);
  session.bind("b", b);
  session.run();
}

struct Twice {
  nn::Module layer;
  Value forward(Value a, Value b) const {
    const Value first = layer(a);
    return reduce_sum(first) + reduce_sum(layer(b));
  }
};

// As two calls of PyTorch's layer: each moves the statistics on from where they are.
TEST(Sharing, StatisticsTakeEveryUse) {
  const Tensor a = Tensor::of<float>({2, 1}, {1, 3}), b = Tensor::of<float>({2, 1}, {10, 20});
  Store store;
  train_once(Twice{nn::batch_norm({.momentum = 0.1}).named("bn")}, a, b, store);
  // Means 2 and 15; unbiased variances 2 and 50; from 0 and 1.
  EXPECT_NEAR(store.at("layer.bn.running_mean").at(0), 0.9 * (0.1 * 2) + 0.1 * 15, 1e-5);
  EXPECT_NEAR(store.at("layer.bn.running_var").at(0), 0.9 * (0.9 + 0.1 * 2) + 0.1 * 50, 1e-5);
}

TEST(Sharing, AStateGoesOnThroughEveryUse) {
  const auto rows = [](std::int64_t steps, double from) {
    Tensor t(DType::f32, {1, steps, 2});
    for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, std::sin(from + static_cast<double>(i)));
    return t;
  };
  const nn::RecurrentOptions o{.units = 3, .stateful = true};
  for (const nn::Module& cell : {nn::lstm(o), nn::gru(o)}) {
    const auto layer = cell.named("cell");
    Store twice, once;
    train_once(Twice{layer}, rows(2, 0), rows(3, 4), twice);
    testing::forward(nn::sequential({layer}, "layer"), rows(5, 0), once);
    const auto states = once.names(Role::counter);
    ASSERT_FALSE(states.empty());
    for (const auto& name : states)
      testing::expect_near(twice.at(name), once.at(name), 1e-6, cell.kind() + " " + name);
  }
}

// A dot in a name would lead into another layer, a star would be a pattern.
TEST(Names, AreLettersDigitsAndStrokes) {
  for (const char* name :
       {"", "r.layers.dense", ".", "a/b", "../../x", "*", "a*", "a?", "a b", "a\n", "\xc3\xa9"}) {
    EXPECT_EQ(thrown([&] { (void)dense().named(name); }).code, "E-NN-05") << name;
    EXPECT_EQ(code(nn::lambda([](Value x) { return x; }, name)), *name ? "E-NN-05" : "nothing")
        << name;
    EXPECT_EQ(thrown([&] { nn::functional({"x"}, {{name, dense()}}); }).code, "E-NN-05") << name;
    EXPECT_EQ(thrown([&] {
                nn::functional({"x"}, {{"a", dense()}, {name, "a"}});
              }).code,
              "E-NN-05")
        << name;
  }
  for (const char* name : {"dense_1", "0", "a-B", "_"})
    EXPECT_EQ(parameters(dense().named(name)), 2u) << name;
}

// Whatever the ways in which two layers come to one name.
TEST(Names, ParametersOfTwoLayersNeverCoincide) {
  const auto inner = [](Value x) { return nn::parameter(x, "dense.weight", {3, 3}, nn::ones()); };
  const auto both = block([=](Value x) { return dense()(x) + inner(x); });
  const auto error = thrown([&] { parameters(both); });
  EXPECT_EQ(error.code, "E-NN-03") << error.message;
  EXPECT_TRUE(error.says("'block.dense.weight'")) << error.message;
}

TEST(Sharing, OnInputsOfTwoSizesSaysWhatHelps) {
  const auto shared = dense(), wide = nn::dense({.units = 5}).named("wide");
  const auto error =
      thrown([&] { parameters(block([=](Value x) { return shared(wide(shared(x))); })); });
  EXPECT_EQ(error.code, "E-NN-06");
  EXPECT_TRUE(error.says("'block.dense'") && error.says("[3, 5]")) << error.message;
  EXPECT_FALSE(error.says("different names")) << error.message;
}

TEST(Placed, TheInnermostPlaceBeginsTheMessage) {
  const auto bad = nn::Module(nn::softmax_along(9));
  const auto message = [](const nn::Module& m) { return thrown([&] { parameters(m); }).message; };
  EXPECT_TRUE(message(bad).starts_with("[")) << message(bad);
  EXPECT_TRUE(message(bad.placed("a.yaml:3").named("other")).starts_with("a.yaml:3: ["));
  const auto outer = nn::residual({.layers = {bad.placed("a.yaml:3")}}).placed("a.yaml:2");
  EXPECT_TRUE(message(outer).starts_with("a.yaml:3: [")) << message(outer);
  EXPECT_EQ(message(outer).find("[E-SHAPE-08] ["), std::string::npos);
  EXPECT_EQ(thrown([&] { parameters(outer); }).code, "E-SHAPE-08");
}

}  // namespace
}  // namespace glia
