// What is fitted to members' answers, against SciPy and scikit-learn:
// tests/golden/make_ensembles.py wrote the values.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "glia/experiment/ensemble.h"
#include "glia/nn/losses.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using experiment::Combine;
using experiment::Combiner;
using nlohmann::json;

struct Case {
  nn::Loss loss;
  std::vector<Tensor> answers;
  Tensor targets;
  json values;
};

Case case_of(const json& j) {
  const auto kind = j.at("kind").get<std::string>();
  Case c{kind == "binary"    ? nn::binary_crossentropy()
         : kind == "classes" ? nn::sparse_categorical_crossentropy()
                             : nn::mean_squared_error(),
         {},
         {},
         j};
  for (const auto& member : j.at("answers")) {
    const auto rows = static_cast<std::int64_t>(member.size());
    const std::int64_t width =
        member[0].is_array() ? static_cast<std::int64_t>(member[0].size()) : 1;
    Tensor t(DType::f32, {rows, width});
    for (std::int64_t i = 0; i < t.size(); ++i) {
      const auto& row = member[static_cast<std::size_t>(i / width)];
      t.set(i, (row.is_array() ? row[static_cast<std::size_t>(i % width)] : row).get<double>());
    }
    c.answers.push_back(t);
  }
  const auto& targets = j.at("targets");
  const auto rows = static_cast<std::int64_t>(targets.size());
  c.targets = kind == "classes" ? Tensor(DType::i64, {rows}) : Tensor(DType::f32, {rows, 1});
  for (std::int64_t i = 0; i < rows; ++i)
    c.targets.set(i, targets[static_cast<std::size_t>(i)].get<double>());
  return c;
}

std::vector<Case> cases() {
  std::ifstream file(std::string(GLIA_SOURCE_DIR) + "/tests/golden/ensembles.json");
  std::vector<Case> all;
  for (const auto& j : json::parse(file)) all.push_back(case_of(j));
  EXPECT_EQ(all.size(), 6u);
  return all;
}

// The mean loss of combined answers, in double, from members' answers in f32.
double loss_of(const Case& c, const std::vector<double>& weights) {
  const std::int64_t rows = c.targets.size(), width = c.answers[0].size() / rows;
  double sum = 0;
  for (std::int64_t i = 0; i < rows; ++i) {
    const double t = c.targets.at(i);
    const std::int64_t at = width > 1 ? i * width + static_cast<std::int64_t>(t) : i;
    double said = 0;
    for (std::size_t m = 0; m < weights.size(); ++m) {
      const double p = c.answers[m].at(at);
      said += weights[m] * (c.loss.of_numbers() || width > 1 || t == 1 ? p : 1 - p);
    }
    sum += c.loss.of_numbers() ? (said - t) * (said - t) : -std::log(said);
  }
  return sum / static_cast<double>(rows);
}

TEST(EnsembleFit, WeightsAreTheLeastLossThatSciPyFinds) {
  for (const auto& c : cases()) {
    const auto found = experiment::fitted_weights(c.loss, c.answers, c.targets);
    double sum = 0;
    for (const double w : found.weights) {
      EXPECT_GE(w, 0);
      sum += w;
    }
    EXPECT_NEAR(sum, 1, 1e-12);
    const auto& judge = c.values.at("weighted");
    EXPECT_LE(loss_of(c, found.weights), judge.at("loss").get<double>() + 1e-9)
        << c.values.at("kind");
    for (std::size_t m = 0; m < found.weights.size(); ++m)
      EXPECT_NEAR(found.weights[m], judge.at("weights")[m].get<double>(), 2e-4);
  }
}

TEST(EnsembleFit, StackingIsTheModelOfScikitLearn) {
  for (const auto& c : cases()) {
    const auto found =
        experiment::stacked(c.loss, c.answers, c.targets, c.values.at("ridge").get<double>());
    const auto& judge = c.values.at("stacking");
    for (std::size_t m = 0; m < found.weights.size(); ++m)
      EXPECT_NEAR(found.weights[m], judge.at("weights")[m].get<double>(), 2e-5)
          << c.values.at("kind");
    for (std::size_t i = 0; judge.contains("bias") && i < found.bias.size(); ++i)
      EXPECT_NEAR(found.bias[i], judge.at("bias")[i].get<double>(), 2e-5);
  }
}

TEST(EnsembleFit, AMemberThatIsRightHasAllTheWeight) {
  const Tensor right = Tensor::of<float>({4, 1}, {0.99f, 0.98f, 0.01f, 0.02f});
  const Tensor wrong = Tensor::of<float>({4, 1}, {0.4f, 0.3f, 0.7f, 0.6f});
  const Tensor truth = Tensor::of<float>({4, 1}, {1, 1, 0, 0});
  const std::vector<Tensor> answers{wrong, right};
  const auto found = experiment::fitted_weights(nn::binary_crossentropy(), answers, truth);
  EXPECT_EQ(found.weights, (std::vector<double>{0, 1}));
  // Equal members share it, and nothing is divided by nothing where all are sure and wrong.
  const std::vector<Tensor> same{right, right};
  for (const double w : experiment::fitted_weights(nn::binary_crossentropy(), same, truth).weights)
    EXPECT_NEAR(w, 0.5, 1e-12);
  const Tensor never = Tensor::of<float>({4, 1}, {0, 0, 1, 1});
  const std::vector<Tensor> sure{never, never};
  for (const double w : experiment::fitted_weights(nn::binary_crossentropy(), sure, truth).weights)
    EXPECT_TRUE(std::isfinite(w));
  EXPECT_TRUE(std::isfinite(
      experiment::stacked(nn::binary_crossentropy(), sure, truth, 1).weights.front()));
}

TEST(EnsembleFit, ALossOfNeitherIsRefused) {
  const Tensor a = Tensor::of<float>({2, 1}, {0.5f, 0.1f});
  const Tensor signs = Tensor::of<float>({2, 1}, {1, -1});
  const std::vector<Tensor> answers{a, a};
  EXPECT_EQ(testing::thrown([&] { experiment::fitted_weights(nn::hinge(), answers, signs); }).code,
            "E-EXP-23");
}

TEST(EnsembleFit, TheMeanIsSummedInTheOrderOfMembersAndRoundedOnce) {
  const std::vector<Tensor> members{Tensor::of<float>({1, 2}, {0.1f, 0.7f}),
                                    Tensor::of<float>({1, 2}, {0.2f, 0.1f}),
                                    Tensor::of<float>({1, 2}, {0.4f, 0.9f})};
  const auto mean = Combiner{}(nn::mean_squared_error(), members);
  const auto expected = [&](std::size_t i) {
    double sum = 0;
    for (const auto& m : members) sum += double{m.data<float>()[i]};
    return static_cast<float>(sum / 3);
  };
  EXPECT_EQ(mean.data<float>()[0], expected(0));
  EXPECT_EQ(mean.data<float>()[1], expected(1));
  // A damaged file's biases do not lead outside.
  const Combiner broken{Combine::stacking, {1, 1, 1}, {0, 0, 0}};
  EXPECT_EQ(testing::thrown([&] { broken(nn::mean_squared_error(), members); }).code,
            "E-BUNDLE-02");
}

}  // namespace
}  // namespace glia
