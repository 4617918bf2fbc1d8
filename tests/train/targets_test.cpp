// What no loss can mean is found before the first step.
#include "glia/train/targets.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/exec/networks.h"

namespace glia {
namespace {

using testing::thrown;

std::string fault(const train::Output& output, const Tensor& targets, std::int64_t outputs = 3) {
  const auto refused = thrown([&] { train::check_targets(targets, output, outputs, "training"); });
  EXPECT_TRUE(refused.code == "nothing" || refused.code == "E-TRAIN-06") << refused.message;
  return refused.message;
}

std::string fault(const nn::Loss& loss, const Tensor& targets, std::int64_t outputs = 3) {
  return fault(train::Output{.loss = loss}, targets, outputs);
}

bool says(const std::string& message, std::string_view words) {
  return message.find(words) != std::string::npos;
}

TEST(Targets, OfEachKind) {
  const auto numbers = [](std::vector<float> v) {
    return Tensor::of<float>({Dim(std::ssize(v)), 1}, v);
  };
  EXPECT_TRUE(says(fault(nn::poisson(), numbers({0, 2, -1})), "row 2 is -1, expected at least 0"));
  EXPECT_EQ(fault(nn::poisson(), numbers({0, 2, 1e4f})), "");
  EXPECT_TRUE(says(fault(nn::hinge(), numbers({-1, 0, 1, 2})), "row 3 is 2"));
  EXPECT_EQ(fault(nn::hinge(), numbers({-1, 1})), "");
  EXPECT_TRUE(says(fault(nn::contrastive(), numbers({0.5})), "row 0 is 0.5"));
  EXPECT_EQ(fault(nn::triplet(), numbers({NAN})), "");
  EXPECT_TRUE(says(fault(nn::mean_squared_error(), numbers({1, INFINITY})), "row 1"));
  EXPECT_TRUE(says(fault(nn::dice(), numbers({1.5})), "probability"));
}

// The number that is wrong is not the one in the file.
TEST(Targets, ThatWereStandardized) {
  train::Output output{.loss = nn::poisson()};
  output.target.task = data::Task::regression;
  output.target.mean = 10, output.target.std = 4;
  const auto message = fault(output, Tensor::of<float>({2, 1}, {1, -0.5}));
  EXPECT_TRUE(says(message, "row 1 is -0.5") && says(message, "it is 8 in the data") &&
              says(message, "standardize: false"))
      << message;
  output.target.mean = 0, output.target.std = 1;
  EXPECT_FALSE(says(fault(output, Tensor::of<float>({1, 1}, {-0.5})), "standardize"));
}

TEST(Targets, IgnoredClasses) {
  const Tensor labels = Tensor::of<std::int64_t>({3}, {0, -100, 2});
  EXPECT_TRUE(says(fault(nn::sparse_categorical_crossentropy(), labels), "row 1 is class -100"));
  EXPECT_EQ(fault(nn::sparse_categorical_crossentropy({.ignore_index = -100}), labels), "");
}

TEST(Targets, SequencesOfLabels) {
  EXPECT_EQ(fault(nn::ctc(), Tensor::of<std::int64_t>({2, 2}, {1, 2, 2, -1})), "");
  EXPECT_TRUE(says(fault(nn::ctc(), Tensor::of<std::int64_t>({1, 2}, {1, 3})), "class 3"));
  EXPECT_TRUE(says(fault(nn::ctc(), Tensor::of<std::int64_t>({1, 2}, {1, 0})), "the blank"));
  EXPECT_TRUE(
      says(fault(nn::ctc(), Tensor::of<std::int64_t>({1, 3}, {1, -1, 2})), "after its end"));
}

// Rows of several positions sum to 1 at each; of images along axis 1.
TEST(Targets, OneHotOfSequencesAndImages) {
  const auto loss = nn::categorical_crossentropy();
  EXPECT_EQ(fault(loss, Tensor::of<float>({1, 2, 2}, {1, 0, 0.5, 0.5})), "");
  EXPECT_TRUE(says(fault(loss, Tensor::of<float>({1, 2, 2}, {1, 0.5, 0, 0.5})), "sums to 1.5"));
  EXPECT_EQ(fault(loss, Tensor::of<float>({1, 2, 1, 2}, {1, 0.5, 0, 0.5})), "");
  EXPECT_TRUE(says(fault(loss, Tensor::of<float>({1, 2, 1, 2}, {1, 0, 0.5, 0.5})), "sums to 1.5"));
}

}  // namespace
}  // namespace glia
