// Values that the formulas do not leave open: limits, ties, whole numbers, wrong labels.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "glia/backends/reference.h"
#include "glia/base/error.h"
#include "glia/base/random.h"
#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"

namespace glia {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

std::vector<double> evaluate(Value v) {
  const auto values = interpret(v.graph(), {});
  std::vector<double> result;
  for (std::int64_t i = 0; i < values.at(v).size(); ++i) result.push_back(values.at(v).at(i));
  return result;
}
double apply_to(Graph& graph, Value (*op)(Value), double x) {
  return evaluate(op(graph.constant(Tensor::scalar(x))))[0];
}

TEST(Elementwise, Limits) {
  Graph g;
  const auto of = [&](Value (*op)(Value), double x) { return apply_to(g, op, x); };
  EXPECT_EQ(of(exp, -kInf), 0);
  EXPECT_EQ(of(exp, kInf), kInf);
  EXPECT_EQ(of(log, 0), -kInf);
  EXPECT_TRUE(std::isnan(of(log, -1)));
  EXPECT_TRUE(std::isnan(of(sqrt, -1)));
  EXPECT_EQ(of(tanh, kInf), 1);
  EXPECT_EQ(of(sigmoid, kInf), 1);
  EXPECT_EQ(of(sigmoid, -kInf), 0);
  EXPECT_EQ(of(sigmoid, -1e4), 0);
  EXPECT_EQ(of(softplus, 1e4), 1e4);
  EXPECT_EQ(of(softplus, -1e4), 0);
  EXPECT_EQ(of(softplus, kInf), kInf);
  EXPECT_EQ(of(relu, -kInf), 0);
  EXPECT_EQ(of(sign, -3), -1);
  EXPECT_EQ(of(sign, 0), 0);
  EXPECT_NEAR(of(log1p, 1e-18), 1e-18, 1e-33);
  for (auto op : {exp, log, log1p, sqrt, abs, square, sign, tanh, sigmoid, relu, softplus})
    EXPECT_TRUE(std::isnan(of(op, NAN)));
}

// IEEE's fmax would drop a NaN; here it stays, whichever side it is on.
TEST(Elementwise, MaximumAndMinimumKeepNan) {
  Graph g;
  const Value nan = g.constant(Tensor::scalar(double{NAN})), one = g.constant(Tensor::scalar(1.0));
  for (const Value v : {maximum(nan, one), maximum(one, nan), minimum(nan, one), minimum(one, nan)})
    EXPECT_TRUE(std::isnan(evaluate(v)[0]));
  EXPECT_EQ(evaluate(cast(greater(nan, one), DType::f64))[0], 0);
  EXPECT_EQ(evaluate(cast(equal(nan, nan), DType::f64))[0], 0);
}

TEST(Elementwise, WholeNumbersAreExact) {
  Graph g;
  const std::int64_t big = (std::int64_t{1} << 53) + 1;  // not a double
  const Value x = g.constant(Tensor::scalar(big));
  const Value one = g.constant(Tensor::scalar(std::int64_t{1}));
  const auto whole = [&](Value v) { return interpret(g, {}).at(v).data<std::int64_t>()[0]; };
  EXPECT_EQ(whole(x + one), big + 1);
  EXPECT_EQ(whole(x - one), big - 1);
  EXPECT_EQ(whole(x * one), big);
  EXPECT_EQ(whole(-x), -big);
  EXPECT_EQ(whole(select(greater(x, x - one), x, one)), big);
  EXPECT_EQ(whole(maximum(x, one)), big);
  EXPECT_EQ(whole(reduce_sum(broadcast_to(x, {3}))), 3 * big);
  const Value seven = g.constant(Tensor::scalar(std::int64_t{-7}));
  const Value two = g.constant(Tensor::scalar(std::int64_t{2}));
  EXPECT_EQ(whole(seven / two), -3);
}

TEST(Cast, CutsTowardsZero) {
  Graph g;
  const Value x = g.constant(Tensor::of<double>({5}, {2.9, -2.9, 0.5, 1e30, NAN}));
  const auto values = interpret(g, {});
  const Value y = cast(x, DType::i64);
  EXPECT_EQ(evaluate(y), (std::vector<double>{2, -2, 0, 0x1p63, 0}));
  EXPECT_EQ(evaluate(cast(cast(x, DType::boolean), DType::f64)),
            (std::vector<double>{1, 1, 1, 1, 1}));
}

TEST(Reduce, MaximumKeepsNanAndIsMinusInfinityOverNothing) {
  Graph g;
  const Value x = g.constant(Tensor::of<double>({2, 3}, {1, NAN, 3, -1, -5, -2}));
  const auto most = evaluate(reduce_max(x, {1}));
  EXPECT_TRUE(std::isnan(most[0]));
  EXPECT_EQ(most[1], -1);
  EXPECT_EQ(evaluate(reduce_max(g.constant(Tensor(DType::f64, {0})), {0}))[0], -kInf);
  EXPECT_EQ(evaluate(reduce_sum(g.constant(Tensor(DType::f64, {0})), {0}))[0], 0);
}

TEST(MaxPool, NanWinsAndTheFirstOfEqualOnesIsTaken) {
  Graph g;
  const Value x = g.constant(Tensor::of<double>({1, 1, 2, 4}, {1, NAN, 5, 5, 2, NAN, 5, 5}));
  const Values y = call(max_pool2d_def, {x});
  EXPECT_TRUE(std::isnan(evaluate(y[0])[0]));
  EXPECT_EQ(evaluate(y[0])[1], 5);
  EXPECT_EQ(evaluate(y[1]), (std::vector<double>{1, 0}));
  const Value lowest = g.constant(Tensor::of<double>({1, 1, 2, 2}, {-kInf, -kInf, -kInf, -kInf}));
  EXPECT_EQ(evaluate(max_pool2d(lowest))[0], -kInf);
}

TEST(Softmax, ShiftsByTheMaximum) {
  Graph g;
  const Value x = g.constant(Tensor::of<double>({1, 3}, {1e5, 1e5, -kInf}));
  EXPECT_EQ(evaluate(softmax(x)), (std::vector<double>{0.5, 0.5, 0}));
  EXPECT_EQ(evaluate(log_softmax(x))[2], -kInf);
}

// A label outside is NaN, never the loss of some other class; masked logits do no harm.
TEST(Crossentropy, LabelsOutsideAndMaskedLogits) {
  Graph g;
  const Value x = g.constant(Tensor::of<double>({4, 2}, {0, 0, 0, 0, 0, 0, 3, -kInf}));
  const Value labels = g.constant(Tensor::of<std::int64_t>({4}, {0, 2, -1, 0}));
  const Values kernel = call(softmax_crossentropy_def, {x, labels});
  const Values meaning = softmax_crossentropy_def.decompose(kernel[0].node()->call());
  for (const Value& loss : {kernel[0], meaning[0]}) {
    const auto rows = evaluate(loss);
    EXPECT_NEAR(rows[0], std::log(2.0), 1e-15);
    EXPECT_TRUE(std::isnan(rows[1]));
    EXPECT_TRUE(std::isnan(rows[2]));
    EXPECT_EQ(rows[3], 0);
  }
}

// Counted from the generator: every element by its number in the logical order.
TEST(Dropout, FollowsThePublishedGenerator) {
  Graph g;
  const Value like = g.constant(Tensor(DType::f32, {7, 11}));
  const Value step = g.constant(Tensor::scalar(std::int64_t{1} << 40));
  const auto mask = evaluate(dropout_mask(like, step, 0.3, 5, 9));
  double kept = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    const bool drop = static_cast<double>(philox_uniform(5, 9, std::uint64_t{1} << 40, i)) < 0.3;
    EXPECT_EQ(mask[i], drop ? 0.0 : static_cast<double>(static_cast<float>(1 / 0.7)));
    kept += !drop;
  }
  EXPECT_GT(kept, 35);
  EXPECT_LT(kept, 75);
}

// A chain gives what its steps give one after the other.
TEST(Fused, IsTheChainOfItsSteps) {
  Graph g;
  const Value a = g.constant(Tensor::of<double>({3}, {1, -2, 3}));
  const Value b = g.constant(Tensor::of<double>({3}, {0.5, 4, -1}));
  const Value apart = select(greater(a, b), tanh(a * b), leaky_relu(a, 0.2));
  const auto code = [](Micro m) { return static_cast<std::int64_t>(m); };
  const std::vector<std::int64_t> steps{
      code(Micro::mul),        0, 1,  -1, code(Micro::tanh),    2, -1, -1,
      code(Micro::leaky_relu), 0, -1, -1, code(Micro::greater), 0, 1,  -1,
      code(Micro::select),     5, 3,  4};
  const Values fused = call(fused_def, {a, b},
                            {{"shape", Shape{3}},
                             {"steps", steps},
                             {"parameters", Tensor::of<double>({5}, {0, 0, 0.2, 0, 0})},
                             {"results", std::vector<std::int64_t>{4, 3}},
                             {"booleans", std::vector<std::int64_t>{0, 1}},
                             {"dtype", DType::f64}});
  EXPECT_EQ(evaluate(fused[0]), evaluate(apart));
  EXPECT_EQ(evaluate(cast(fused[1], DType::f64)), (std::vector<double>{1, 0, 1}));
}

TEST(Interpret, NamesTheFirstNodeThatWentWrong) {
  Graph g;
  const Value x = g.input("x", {DType::f32, {2}});
  const Value bad = log(x - 1.0);
  const Value later = bad * 2.0;
  const auto values = interpret(g, {{"x", Tensor::of<float>({2}, {2, 1})}});
  EXPECT_EQ(first_non_finite(g, values), bad.node());
  const auto good = interpret(g, {{"x", Tensor::of<float>({2}, {2, 3})}});
  EXPECT_EQ(first_non_finite(g, good), nullptr);
  EXPECT_EQ(good.at(later).at(0), 0);
}

TEST(Interpret, AsksForWhatIsMissing) {
  Graph g;
  g.input("x", {DType::f32, {2}});
  try {
    interpret(g, {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), "E-REF-01");
    EXPECT_NE(std::string(e.what()).find("'x'"), std::string::npos);
  }
  try {
    interpret(g, {{"x", Tensor(DType::f32, {3})}});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), "E-REF-02");
  }
}

}  // namespace
}  // namespace glia
