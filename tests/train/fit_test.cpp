#include <gtest/gtest.h>

#include "glia/data/dataset.h"
#include "glia/nn/layers.h"
#include "glia/train/trainer.h"

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

}  // namespace
}  // namespace glia
