#include <gtest/gtest.h>

#include "glia/data/dataset.h"
#include "glia/nn/layers.h"
#include "glia/train/trainer.h"
#include "tests/exec/networks.h"

namespace glia {
namespace {

// Two classes apart by a line through the origin.
data::Dataset halves(std::int64_t rows) {
  Random random(5, "halves");
  Tensor x(DType::f32, {rows, 2}), y(DType::i64, {rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    const double a = random.normal(), b = random.normal();
    x.set(2 * i, a), x.set(2 * i + 1, b);
    y.set(i, a + b > 0);
  }
  return {x, y};
}

TEST(Fit, LearnsALine) {
  const auto data = halves(300);
  const auto model = nn::sequential({nn::dense({.units = 8, .activation = nn::relu}),
                                     nn::dense({.units = 2, .activation = nn::softmax})});
  Store store;
  train::FitOptions options;
  options.loss = nn::sparse_categorical_crossentropy();
  options.optimizer = optim::adam({.learning_rate = 0.02});
  options.epochs = 20;
  options.metrics = {"accuracy"};
  const auto history = train::fit(model, data, &data, store, options);
  ASSERT_EQ(history.epochs.size(), 20u);
  EXPECT_GT(*history.epochs.back().find("val_accuracy"), 0.97);
  EXPECT_LT(*history.epochs.back().find("val_loss"), 0.1);
}

// A model of one layer under a loss: what fit() throws, and what it tells.
struct Asked {
  testing::Thrown error;
  std::vector<std::string> messages;
};
Asked ask(const nn::Module& model, train::FitOptions options, bool class_numbers = false) {
  Tensor x(DType::f32, {8, 2}), y(DType::f32, {8, 1}), classes(DType::i64, {8});
  for (std::int64_t i = 0; i < 8; ++i) x.set(2 * i, 1), y.set(i, i % 2), classes.set(i, i % 2);
  options.epochs = std::min<std::int64_t>(options.epochs, 1);
  Asked asked;
  train::Observer observer;
  observer.message = [&](std::string_view line) { asked.messages.emplace_back(line); };
  Store store;
  asked.error = testing::thrown([&] {
    train::fit(model, data::Dataset(x, class_numbers ? classes : y), nullptr, store, options,
               observer);
  });
  EXPECT_TRUE(asked.error.code != "E-DOCTOR-01" || store.names().empty());
  return asked;
}

TEST(Doctor, IsAskedBeforeTheFirstStep) {
  const auto refused = [&](const nn::Module& model, const nn::Loss& loss, const char* finding,
                           bool class_numbers) {
    const auto asked = ask(model, {.loss = loss}, class_numbers);
    EXPECT_EQ(asked.error.code, "E-DOCTOR-01") << finding;
    EXPECT_TRUE(asked.error.says(finding)) << asked.error.message;
    EXPECT_EQ(ask(model, {.loss = loss, .allow = {finding}}, class_numbers).error.code, "nothing");
  };
  const auto head = [](std::int64_t units, const nn::Activation& activation) {
    return nn::sequential({nn::dense({.units = units, .activation = activation})});
  };
  const auto bce = nn::binary_crossentropy(), sparse = nn::sparse_categorical_crossentropy();
  const auto bce_logits = nn::binary_crossentropy({.from_logits = true}),
             sparse_logits = nn::sparse_categorical_crossentropy({.from_logits = true});
  EXPECT_EQ(ask(head(2, nn::softmax), {.loss = sparse}, true).error.code, "nothing");
  refused(head(1, nn::linear), bce, "D-41", false);
  refused(head(2, nn::linear), sparse, "D-41", true);
  refused(head(1, nn::sigmoid), bce_logits, "D-40", false);
  refused(head(2, nn::softmax), sparse_logits, "D-40", true);
  refused(nn::sequential({head(2, nn::softmax), nn::softmax}), sparse, "D-24", true);
  // Over its one unit it is wrong twice; both may be meant.
  const auto softmax = ask(head(1, nn::softmax), {.loss = bce});
  EXPECT_EQ(softmax.error.code, "E-DOCTOR-01");
  EXPECT_TRUE(softmax.error.says("softmax")) << softmax.error.message;
  EXPECT_EQ(ask(head(1, nn::softmax), {.loss = bce, .allow = {"D-41", "D-42"}}).error.code,
            "nothing");
  EXPECT_EQ(ask(head(1, nn::softmax), {.loss = bce, .preflight = false}).error.code, "nothing");
}

TEST(Doctor, WarningsAreTold) {
  const auto model = nn::sequential({nn::dense({.units = 2}), nn::dense({.units = 1})});
  const auto told = ask(model, {}).messages;
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("D-23 ")) << told[0];
  EXPECT_TRUE(ask(model, {.allow = {"D-23"}}).messages.empty());
  const auto unknown = ask(model, {.allow = {"D-32"}}).error;
  EXPECT_TRUE(unknown.code == "E-TRAIN-02" && unknown.says("'D-32'")) << unknown.message;
}

TEST(Fit, OfNoEpochsAndOfAThresholdForNumbersIsTold) {
  const auto none = ask(nn::dense({.units = 1}), {.epochs = 0}).messages;
  ASSERT_EQ(none.size(), 1u);
  EXPECT_NE(none[0].find("nothing is trained"), std::string::npos) << none[0];
  const auto threshold = ask(nn::dense({.units = 1}), {.threshold = 0.4}).error;
  EXPECT_TRUE(threshold.code == "E-TRAIN-02" && threshold.says("threshold")) << threshold.message;
}

}  // namespace
}  // namespace glia
