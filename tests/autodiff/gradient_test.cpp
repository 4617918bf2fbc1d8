#include "glia/autodiff/gradient.h"

#include <gtest/gtest.h>

#include <cmath>

#include "glia/backends/reference.h"
#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/ops/ops.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using glia::testing::code_of;

using Tensors = std::map<std::string, Tensor>;

Value vector(Graph& g, const char* name, std::int64_t n = 2) {
  return g.input(name, {DType::f64, {n}});
}
Tensor two(double a, double b) { return Tensor::of<double>({2}, {a, b}); }

std::vector<double> numbers(const Tensor& t) {
  std::vector<double> v;
  for (std::int64_t i = 0; i < t.size(); ++i) v.push_back(t.at(i));
  return v;
}

TEST(Gradient, AccumulatesOverEveryUse) {
  Graph g;
  const Value x = vector(g, "x");
  // x^2 + 3x + x * stop, and x as both operands of one op.
  const Value loss = reduce_sum(square(x) + x * 3.0 + x * x);
  const Value dx = gradient(loss, {x})[0];
  const auto values = interpret(g, {{"x", two(1, -2)}});
  EXPECT_EQ(numbers(values.at(dx)), (std::vector<double>{7, -5}));
}

TEST(Gradient, OfWhatIsNotUsedIsZeros) {
  Graph g;
  const Value x = vector(g, "x"), unused = g.input("unused", {DType::f64, {3, 2}});
  const Values grads = gradient(reduce_sum(x), {x, unused});
  EXPECT_EQ(grads[1].type(), unused.type());
  const auto values = interpret(g, {{"x", two(1, 2)}, {"unused", Tensor(DType::f64, {3, 2})}});
  EXPECT_EQ(numbers(values.at(grads[1])), std::vector<double>(6, 0.0));
}

TEST(Gradient, WithRespectToInputsVariablesAndResults) {
  Graph g;
  const Value x = vector(g, "x");
  const Value w = g.variable({.name = "w", .type = {DType::f64, {2}}});
  const Value middle = x * w;
  const Value loss = reduce_sum(square(middle));
  const Values grads = gradient(loss, {x, w, middle, loss});
  const auto values = interpret(g, {{"x", two(2, 3)}, {"w", two(5, 7)}});
  EXPECT_EQ(numbers(values.at(grads[0])), (std::vector<double>{2 * 10 * 5, 2 * 21 * 7}));
  EXPECT_EQ(numbers(values.at(grads[1])), (std::vector<double>{2 * 10 * 2, 2 * 21 * 3}));
  EXPECT_EQ(numbers(values.at(grads[2])), (std::vector<double>{20, 42}));
  EXPECT_EQ(numbers(values.at(grads[3])), std::vector<double>{1});
}

// Several values with given gradients: a vector-Jacobian product.
TEST(Gradient, OfSeveralValuesWithSeeds) {
  Graph g;
  const Value x = vector(g, "x");
  const Value seed = g.constant(two(10, 100));
  const Value dx = gradient({x * 2.0, square(x)}, {seed, g.constant(two(1, 1))}, {x})[0];
  EXPECT_EQ(numbers(interpret(g, {{"x", two(3, 4)}}).at(dx)), (std::vector<double>{26, 208}));
  EXPECT_EQ(code_of([&] { gradient(Values{x}, Values{}, {x}); }), "E-GRAD-01");
}

// Two outputs of one op, one of them used through another path.
TEST(Gradient, ThroughEveryOutputOfAnOp) {
  Graph g;
  const Value x = g.input("x", {DType::f64, {4, 1}});
  const auto n = batch_norm(x, g.constant(Tensor::of<double>({1}, {1})),
                            g.constant(Tensor::of<double>({1}, {0})), 0.0);
  const Value dx = gradient(reduce_sum(n.mean * 3.0 + n.variance), {x})[0];
  const auto values = interpret(g, {{"x", Tensor::of<double>({4, 1}, {1, 2, 3, 6})}});
  // 3 / n + 2 (x - mean) / n with mean 3
  const std::vector<double> expected{-0.25, 0.25, 0.75, 2.25};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_DOUBLE_EQ(numbers(values.at(dx))[i], expected[i]) << i;
}

// batch_norm_gradient has a decomposition only; the same value stands in it twice.
TEST(Gradient, ThroughADecompositionCountsEveryInputOnce) {
  const auto run = [](bool same) {
    Graph g;
    const Value x = g.input("x", {DType::f64, {4, 1}});
    const Value w = g.constant(Tensor::of<double>({1}, {2}));
    const auto n = batch_norm(x, w, w, 0.1);
    const Value dy = same ? x : x * 1.0;  // equal values, one node or two
    const Value back =
        call(batch_norm_gradient_def, {x, w, n.mean, n.variance, dy}, {{"epsilon", 0.1}})[0];
    const Value dx = gradient(reduce_sum(square(back)), {x})[0];
    return numbers(interpret(g, {{"x", Tensor::of<double>({4, 1}, {1, 2, 3, 6})}}).at(dx));
  };
  const auto one = run(true), two = run(false);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(one[i], two[i], 1e-14) << i;
  EXPECT_GT(std::fabs(one[3]), 1e-3);
}

// Counting and comparing is flat: nothing flows, and nothing complains.
TEST(Gradient, DoesNotFlowThroughWholeNumbersAndConditions) {
  Graph g;
  const Value x = vector(g, "x");
  const Value labels = cast(x, DType::i64);
  const Value flat =
      reduce_sum(one_hot(labels, 5, DType::f64), {1}) + cast(greater(x, 0.0), DType::f64);
  const Value dx = gradient(reduce_sum(flat * x), {x})[0];
  EXPECT_EQ(numbers(interpret(g, {{"x", two(2, -1)}}).at(dx)), (std::vector<double>{2, 0}));
}

TEST(Gradient, NamesAnOpThatHasNone) {
  Graph g;
  const Value x = vector(g, "x"), rate = g.input("rate", {DType::f64, {}});
  Value next;
  {
    const Graph::Scope scope(g, "inner");
    next = call(sgd_update_def, {rate, x, x})[0];
  }
  try {
    gradient(reduce_sum(next), {x});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), "E-GRAD-02");
    EXPECT_NE(std::string(e.what()).find("[sgd_update] layer 'inner'"), std::string::npos);
  }
  EXPECT_EQ(code_of([&] { gradient(x, {x}); }), "E-GRAD-01");  // not a scalar
  EXPECT_EQ(code_of([&] { gradient(Value(), {x}); }), "E-GRAD-01");
  EXPECT_EQ(code_of([&] { gradient(cast(rate, DType::i64), {x}); }), "E-GRAD-01");
}

TEST(Gradient, StandsUnderTheLayerItDifferentiates) {
  Graph g;
  const Value x = vector(g, "x");
  Value y;
  {
    const Graph::Scope scope(g, "dense_1");
    y = tanh(x);
  }
  const std::size_t before = g.nodes().size();
  gradient(reduce_sum(y), {x});
  bool found = false;
  for (std::size_t i = before; i < g.nodes().size(); ++i)
    found = found || (g.nodes()[i].scope == "dense_1" && g.nodes()[i].op == &square_def);
  EXPECT_TRUE(found);
  EXPECT_EQ(g.scope(), "");
}

TEST(Gradient, OfASymbolicBatchIsTheBoundOne) {
  const auto build = [](Dim n) {
    Graph g;
    const Value x = g.input("x", {DType::f64, {n, 3}});
    const Value w = g.variable({.name = "w", .type = {DType::f64, {3, 2}}});
    const Value b = g.variable({.name = "b", .type = {DType::f64, {2}}});
    const Values grads = gradient(reduce_mean(square(tanh(matmul(x, w) + b))), {w, b});
    g.output("dw", grads[0]);
    g.output("db", grads[1]);
    return g;
  };
  const Graph direct = build(4), bound = bind(build(Dim::symbol("batch")), {{"batch", 4}});
  Random random(1, "symbolic");
  Tensors tensors{{"x", Tensor(DType::f64, {4, 3})},
                  {"w", Tensor(DType::f64, {3, 2})},
                  {"b", Tensor(DType::f64, {2})}};
  for (auto& [name, t] : tensors)
    for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());
  const auto a = interpret(direct, tensors), b = interpret(bound, tensors);
  for (const char* name : {"dw", "db"})
    EXPECT_TRUE(same_bits(a.at(direct.find_output(name)), b.at(bound.find_output(name)))) << name;
}

// H v = d/dw (dloss/dw . v), against differences of the gradient along v.
TEST(Gradient, HessianVectorProductOfASmallNetwork) {
  Graph g;
  const Value x = g.input("x", {DType::f64, {5, 4}});
  const Value labels = g.constant(Tensor::of<std::int64_t>({5}, {0, 2, 1, 1, 0}));
  const Values parameters{g.input("w1", {DType::f64, {6, 4}}), g.input("b1", {DType::f64, {6}}),
                          g.input("w2", {DType::f64, {3, 6}}), g.input("b2", {DType::f64, {3}})};
  const Value hidden = tanh(matmul(x, parameters[0], {.transpose_b = true}) + parameters[1]);
  const Value logits = matmul(hidden, parameters[2], {.transpose_b = true}) + parameters[3];
  const Values first = gradient(reduce_mean(softmax_crossentropy(logits, labels)), parameters);
  Value dot;
  Tensors tensors{{"x", Tensor(DType::f64, {5, 4})}};
  const std::string names[] = {"w1", "b1", "w2", "b2"};
  for (std::size_t i = 0; i < 4; ++i) {
    tensors.emplace(names[i], Tensor(DType::f64, parameters[i].shape()));
    tensors.emplace("v" + names[i], Tensor(DType::f64, parameters[i].shape()));
    const Value v = g.input("v" + names[i], parameters[i].type());
    const Value term = reduce_sum(first[i] * v);
    dot = dot ? dot + term : term;
  }
  const Values product = gradient(dot, parameters);
  verify(g);
  Random random(3, "hvp");
  for (auto& [name, t] : tensors)
    for (std::int64_t i = 0; i < t.size(); ++i) t.set(i, random.normal());

  const auto moved = [&](double h) {
    Tensors at = tensors;
    for (const auto& name : names) {
      Tensor t = tensors.at(name).clone();
      for (std::int64_t i = 0; i < t.size(); ++i)
        t.set(i, t.at(i) + h * tensors.at("v" + name).at(i));
      at.insert_or_assign(name, t);
    }
    return interpret(g, at);
  };
  const double h = 1e-5;
  const auto here = interpret(g, tensors), above = moved(h), below = moved(-h);
  for (std::size_t k = 0; k < 4; ++k)
    for (std::int64_t i = 0; i < parameters[k].shape().elements(); ++i) {
      const double expected = (above.at(first[k]).at(i) - below.at(first[k]).at(i)) / (2 * h);
      EXPECT_NEAR(here.at(product[k]).at(i), expected, 1e-7 * (1 + std::fabs(expected)))
          << names[k] << " " << i;
    }
}

TEST(Gradient, OfAnEmptyValueIsRefused) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {}});
  for (const auto& ask : std::vector<std::function<void()>>{[&] { gradient(x * x, {Value()}); },
                                                            [&] { gradient(Value(), {x}); },
                                                            [&] { gradient({Value()}, {x}, {x}); }})
    EXPECT_EQ(testing::thrown(ask).code, "E-GRAD-01");
}

}  // namespace
}  // namespace glia
