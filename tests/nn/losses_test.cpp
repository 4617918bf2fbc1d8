// Losses against PyTorch and Keras, at the ends of their range, and what they refuse.
#include "glia/nn/losses.h"

#include <cstdlib>
#include <filesystem>

#include "glia/backends/reference.h"
#include "glia/ops/ops.h"
#include "tests/nn/loss_run.h"

namespace glia {
namespace {

using testing::evaluate;
using testing::expect_near;
using testing::Json;
using testing::nn_golden;
using testing::Result;
using testing::tensor;
using testing::thrown;

void expect_close(double got, double expected, double tolerance) {
  EXPECT_NEAR(got, expected, tolerance * (1 + std::fabs(expected)));
}

TEST(PyTorch, LossesAndTheirGradients) {
  int checked = 0;
  for (const auto& c : nn_golden()["losses"]) {
    const std::string name = c["loss"];
    SCOPED_TRACE(name + " " + std::to_string(checked));
    const auto loss = nn::loss(name, c.value("from_logits", false));
    const bool indices = loss.target == nn::Loss::Target::indices;
    const Tensor x = tensor(c["prediction"]), w = tensor(c["weights"]);
    const Tensor t = tensor(c["target"], indices ? DType::i64 : DType::f32);
    const Result plain = evaluate(loss, x, t), weighted = evaluate(loss, x, t, &w);
    expect_close(plain.loss, c["mean"], 2e-6);
    expect_near(plain.gradient, tensor(c["gradient"]), 5e-6);
    expect_close(weighted.loss, c["weighted"], 2e-6);
    expect_near(weighted.gradient, tensor(c["weighted_gradient"]), 5e-6);
    ++checked;
  }
  EXPECT_EQ(checked, 14);
}

// From logits, and from the sigmoid or softmax of them: one function, with one gradient, also where
// the activation alone has long saturated.
TEST(Logits, AreTheSameAsTheirActivation) {
  Random random(3, "logits");
  for (const double scale : {1.0, 30.0, 1e4}) {
    Tensor z(DType::f32, {6, 4}), yes(DType::f32, {6, 4}), hot(DType::f32, {6, 4});
    Tensor labels(DType::i64, {6});
    for (std::int64_t i = 0; i < z.size(); ++i)
      z.set(i, random.normal() * scale), yes.set(i, static_cast<double>(random.below(2)));
    for (std::int64_t i = 0; i < 6; ++i) {
      const auto label = static_cast<std::int64_t>(random.below(4));
      labels.set(i, static_cast<double>(label)), hot.set(4 * i + label, 1);
    }
    const auto same = [&](const nn::Loss& logits, const nn::Loss& probabilities, const Tensor& t,
                          const std::function<Value(Value)>& activation) {
      const Result a = evaluate(logits, z, t),
                   b = evaluate(probabilities, z, t, nullptr, activation);
      EXPECT_TRUE(std::isfinite(a.loss));
      EXPECT_EQ(a.loss, b.loss) << logits.name << " " << scale;
      EXPECT_TRUE(same_bits(a.gradient, b.gradient)) << logits.name << " " << scale;
    };
    same(nn::binary_crossentropy({.from_logits = true}), nn::binary_crossentropy(), yes,
         nn::sigmoid.apply);
    same(nn::categorical_crossentropy({.from_logits = true}), nn::categorical_crossentropy(), hot,
         nn::softmax.apply);
    same(nn::sparse_categorical_crossentropy({.from_logits = true}),
         nn::sparse_categorical_crossentropy(), labels, nn::softmax.apply);
  }
}

// At 1e4 the loss is the distance itself, and the gradient a step: no NaN, no infinity.
TEST(Logits, Extreme) {
  const Tensor z = Tensor::of<float>({2, 1}, {1e4f, -1e4f});
  const auto bce = nn::binary_crossentropy({.from_logits = true});
  const Result wrong = evaluate(bce, z, Tensor::of<float>({2, 1}, {0, 1}));
  EXPECT_EQ(wrong.loss, 1e4);
  EXPECT_EQ(wrong.gradient.at(0), 0.5);
  EXPECT_EQ(wrong.gradient.at(1), -0.5);
  const Result right = evaluate(bce, z, Tensor::of<float>({2, 1}, {1, 0}));
  EXPECT_EQ(right.loss, 0);
  EXPECT_EQ(right.gradient.at(0), 0);
}

// Probabilities that are exactly 0 and 1, right and wrong: finite, and right ones cost nothing.
TEST(Probabilities, ZeroAndOne) {
  const Tensor p = Tensor::of<float>({2, 2}, {0, 1, 1, 0});
  const double most = -std::log(1.17549435e-38);
  const auto bce = nn::binary_crossentropy();
  EXPECT_EQ(evaluate(bce, p, p).loss, 0);
  const Result wrong = evaluate(bce, p, Tensor::of<float>({2, 2}, {1, 0, 0, 1}));
  EXPECT_NEAR(wrong.loss, most, 1e-4);
  const auto cce = nn::categorical_crossentropy();
  EXPECT_EQ(evaluate(cce, p, p).loss, 0);
  EXPECT_NEAR(evaluate(cce, p, Tensor::of<float>({2, 2}, {1, 0, 0, 1})).loss, most, 1e-4);
  const auto sparse = nn::sparse_categorical_crossentropy();
  EXPECT_NEAR(evaluate(sparse, p, Tensor::of<std::int64_t>({2}, {1, 0})).loss, 0, 1e-30);
  const Result other = evaluate(sparse, p, Tensor::of<std::int64_t>({2}, {0, 1}));
  EXPECT_NEAR(other.loss, most, 1e-4);
  for (const Result& r : {wrong, other})
    for (const float g : r.gradient.data<float>()) EXPECT_TRUE(std::isfinite(g));
}

TEST(Losses, RefuseWhatWouldBroadcast) {
  const Tensor column(DType::f32, {4, 1}), row(DType::f32, {4});
  for (const auto& loss :
       {nn::mean_squared_error(), nn::mean_absolute_error(), nn::binary_crossentropy()}) {
    const auto refused = thrown([&] { evaluate(loss, column, row); });
    EXPECT_EQ(refused.code, "E-SHAPE-06") << loss.name;
    EXPECT_TRUE(refused.says(loss.name) && refused.says("[4, 1]") && refused.says("[4]"))
        << refused.message;
    EXPECT_EQ(thrown([&] { evaluate(loss, row, column); }).code, "E-SHAPE-06");
  }
  const auto sparse = nn::sparse_categorical_crossentropy({.from_logits = true});
  const Tensor z(DType::f32, {4, 3});
  EXPECT_EQ(thrown([&] { evaluate(sparse, z, Tensor(DType::i64, {4, 1})); }).code, "E-SHAPE-06");
  const auto hot = thrown([&] { evaluate(sparse, z, z); });
  EXPECT_TRUE(hot.code == "E-LOSS-01" && hot.says("categorical_crossentropy")) << hot.message;
  const auto numbers =
      thrown([&] { evaluate(nn::categorical_crossentropy(), z, Tensor(DType::i64, {4})); });
  EXPECT_TRUE(numbers.code == "E-LOSS-01" && numbers.says("sparse_")) << numbers.message;
  const Tensor weights(DType::f32, {4, 1});
  EXPECT_EQ(thrown([&] { evaluate(sparse, z, Tensor(DType::i64, {4}), &weights); }).code,
            "E-SHAPE-06");
  const auto unknown = thrown([] { nn::loss("mean_square_error", false); });
  EXPECT_TRUE(unknown.code == "E-NN-01" && unknown.says("'mean_squared_error'"));
  EXPECT_EQ(nn::loss("msle").name, "mean_squared_logarithmic_error");
}

// Keras's own tests' values (conformance/goldens/losses.json). Keras divides a weighted loss by the
// number of rows, we by the sum of the weights: docs/defaults.md.
TEST(Keras, LossesOfItsTests) {
  const char* data = std::getenv("GLIA_DATA");
  if (!data) GTEST_SKIP() << "GLIA_DATA is not set";
  std::ifstream file(std::filesystem::path(data) / "conformance" / "goldens" / "losses.json");
  const Json json = Json::parse(file);
  const auto matrix = [](const Json& rows) {
    std::vector<float> values;
    for (const auto& row : rows)
      for (const float v : row) values.push_back(v);
    return Tensor::of<float>({Dim(std::ssize(rows)), Dim(std::ssize(rows[0]))}, values);
  };
  int checked = 0;
  for (const auto& c : json["cases"]) {
    const std::string word = c["loss"];
    const auto of = [&](std::string_view beginning) { return word.starts_with(beginning); };
    const std::string name = of("bce")     ? "binary_crossentropy"
                             : of("cce")   ? "categorical_crossentropy"
                             : of("hinge") ? "hinge"
                                           : word;
    SCOPED_TRACE(word);
    const bool logits = c.contains("logits");
    const Tensor x = matrix(c[logits ? "logits" : "p"]), t = matrix(c["t"]);
    double expected = c["v"];
    Tensor weights;
    if (c.contains("sample_weight")) {
      weights = matrix(c["sample_weight"]);
      double sum = 0;
      for (const float w : weights.data<float>()) sum += w;
      expected *= static_cast<double>(weights.size()) / sum;
      weights = weights.reshaped({Dim(weights.size())});
    }
    const auto result = evaluate(nn::loss(name, logits), x, t, weights.size() ? &weights : nullptr);
    EXPECT_NEAR(result.loss, expected, c.value("tol", 1e-4 * (1 + expected)));
    ++checked;
  }
  EXPECT_EQ(checked, 10);
}

// loss += l2 * sum(weight^2), in the value that is minimised and in its gradient.
TEST(L2, IsTheSumOfSquares) {
  Graph graph;
  const Value x = graph.input("x", {DType::f32, {2, 3}});
  nn::sequential({nn::dense({.units = 2, .l2 = 0.5}), nn::dense({.units = 1, .l2 = 0.25}),
                  nn::dense({.units = 1})})(x);
  const Value penalty = nn::l2_penalty(graph);
  Store store;
  store.initialize(graph, 4);
  const Value weight = graph.find_variable("dense.weight");
  const Value slope = gradient(penalty, {weight})[0];
  auto given = store.snapshot();
  given.emplace("x", Tensor(DType::f32, {2, 3}));
  const auto values = interpret(graph, given);
  double expected = 0;
  for (const float w : store.at("dense.weight").data<float>()) expected += 0.5 * w * w;
  for (const float w : store.at("dense_1.weight").data<float>()) expected += 0.25 * w * w;
  EXPECT_NEAR(values.at(penalty).at(0), expected, 1e-6);
  EXPECT_NEAR(values.at(slope).at(1), store.at("dense.weight").at(1), 1e-6);  // 2 * 0.5 * w
  Graph plain;
  nn::dense({.units = 1})(plain.input("x", {DType::f32, {2, 3}}));
  EXPECT_FALSE(nn::l2_penalty(plain));
}

}  // namespace
}  // namespace glia
