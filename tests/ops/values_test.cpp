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
  EXPECT_EQ(of(expm1, -kInf), -1);
  EXPECT_NEAR(of(expm1, 1e-18), 1e-18, 1e-33);
  EXPECT_EQ(of(erf, kInf), 1);
  EXPECT_EQ(of(floor, -0.5), -1);
  EXPECT_TRUE(std::isnan(of(sin, kInf)));
  for (auto op : {exp, expm1, log, log1p, erf, sin, cos, sqrt, abs, square, floor, sign, tanh,
                  sigmoid, relu, softplus})
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

// As Python has it: list(range(10))[a:b:c].
TEST(Slice, CountsAsPythonDoes) {
  Graph g;
  const Value x = iota(g.constant(Tensor(DType::f32, {10})), 0);
  const auto of = [&](std::int64_t from, std::int64_t to, std::int64_t step = 1) {
    return evaluate(slice(x, 0, from, to, step));
  };
  using List = std::vector<double>;
  EXPECT_EQ(of(2, 5), (List{2, 3, 4}));
  EXPECT_EQ(of(-3, kEnd), (List{7, 8, 9}));
  EXPECT_EQ(of(-3, -1), (List{7, 8}));
  EXPECT_EQ(of(1, kEnd, 4), (List{1, 5, 9}));
  EXPECT_EQ(of(1, -1, 4), (List{1, 5}));
  EXPECT_EQ(of(0, 10, 20), (List{0}));
  EXPECT_EQ(of(10, kEnd), List{});
  EXPECT_EQ(of(5, 2), List{});
  EXPECT_EQ(evaluate(reverse(slice(x, 0, 0, 4), -1)), (List{3, 2, 1, 0}));
  EXPECT_EQ(slice(x, 0, 0, kEnd), x);
}

// Sizes that are known only later: shapes are right before, and values after.
TEST(Slice, OfSymbols) {
  const Dim batch = Dim::symbol("batch"), time = Dim::symbol("time");
  Graph g;
  const Value x = g.input("x", {DType::f64, {batch, time}});
  EXPECT_EQ(slice(x, 1, 1, kEnd).shape(), (Shape{batch, time - 1}));
  EXPECT_EQ(slice(x, 1, -2, kEnd).shape(), (Shape{batch, 2}));
  EXPECT_EQ(slice(x, 1, 0, kEnd, 2).shape(), (Shape{batch, (time + 1) / 2}));
  EXPECT_EQ(concatenate({x, slice(x, 1, 1, kEnd)}, 1).shape(), (Shape{batch, time * 2 - 1}));
  EXPECT_EQ(pad(x, {{0, 0}, {2, 1}}).shape(), (Shape{batch, time + 3}));
  EXPECT_EQ(iota(x, 1).shape(), Shape{time});
  // Differences of neighbours, the last first, and what is left at both ends.
  const Value difference = slice(x, 1, 1, kEnd) - slice(x, 1, 0, -1);
  g.output("y", concatenate({reverse(difference, 1), slice(x, 1, -1, kEnd)}, 1));
  const Graph bound = bind(g, {{"batch", 2}, {"time", 3}});
  const Tensor rows = Tensor::of<double>({2, 3}, {1, 4, 9, 0, 10, 30});
  const auto y = interpret(bound, {{"x", rows}}).at(bound.find_output("y"));
  EXPECT_TRUE(same_bits(y, Tensor::of<double>({2, 3}, {5, 3, 9, 20, 10, 30})));
  // Nothing is cut short in silence.
  Graph long_slice;
  slice(long_slice.input("x", {DType::f64, {batch, time}}), 1, 0, 4);
  EXPECT_THROW(bind(long_slice, {{"batch", 2}, {"time", 3}}), Error);
}

TEST(Gather, OutsideIsNanAndNeverAnotherRow) {
  Graph g;
  const Value table = g.constant(Tensor::of<double>({2, 2}, {1, 2, 3, 4}));
  const Value indices = g.constant(Tensor::of<std::int64_t>({3}, {1, 2, -1}));
  const auto rows = evaluate(gather(table, indices));
  EXPECT_EQ(rows[0], 3);
  for (std::size_t i = 2; i < 6; ++i) EXPECT_TRUE(std::isnan(rows[i]));
  EXPECT_EQ(evaluate(gather(cast(table, DType::i64), indices)),
            (std::vector<double>{3, 4, 0, 0, 0, 0}));
  const Value updates = g.constant(Tensor::of<double>({3}, {5, 6, 7}));
  EXPECT_EQ(evaluate(scatter_add(updates, indices, 2)), (std::vector<double>{0, 5}));
}

TEST(Logic, OfTruthValues) {
  Graph g;
  const Value a = g.constant(Tensor::of<double>({4}, {0, 0, 1, 1}));
  const Value b = g.constant(Tensor::of<double>({4}, {0, 1, 0, 1}));
  const Value p = greater(a, 0.5), q = greater(b, 0.5);
  const auto of = [](Value v) { return evaluate(cast(v, DType::f64)); };
  using List = std::vector<double>;
  EXPECT_EQ(logical_and(p, q).dtype(), DType::boolean);
  EXPECT_EQ(of(logical_and(p, q)), (List{0, 0, 0, 1}));
  EXPECT_EQ(of(logical_or(p, q)), (List{0, 1, 1, 1}));
  EXPECT_EQ(of(logical_not(p)), (List{1, 1, 0, 0}));
  EXPECT_EQ(of(less(a, b)), (List{0, 1, 0, 0}));
  EXPECT_EQ(of(less_equal(a, b)), (List{1, 1, 0, 1}));
}

// [N, T, F] by [F, U], and what attention does with its heads: axes merge and split again.
TEST(Matmul, OfMoreThanTwoDimensions) {
  const Dim n = Dim::symbol("batch"), t = Dim::symbol("time");
  Graph g;
  const Value x = g.input("x", {DType::f64, {n, t, 6}});
  const Value w = g.input("w", {DType::f64, {4, 6}});
  EXPECT_EQ(matmul(x, w, {.transpose_b = true}).shape(), (Shape{n, t, 4}));
  const Value heads = reshape(transpose(reshape(x, {n, t, 2, 3}), {0, 2, 1, 3}), {n * 2, t, 3});
  const Value scores = batch_matmul(heads, heads, {.transpose_b = true});
  EXPECT_EQ(scores.shape(), (Shape{n * 2, t, t}));
  const Value mixed = transpose(reshape(batch_matmul(scores, heads), {n, 2, t, 3}), {0, 2, 1, 3});
  EXPECT_EQ(reshape(mixed, {n, t, 6}).shape(), x.shape());
  EXPECT_EQ(reshape(x, {n * t, 3, 2}).shape(), (Shape{n * t, 3, 2}));
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
