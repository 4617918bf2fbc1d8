// The rates that a model can be trained with.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/train/rate_finder.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::Setting;
using testing::thrown;

// Least squares on uncorrelated features of deviation 2: gradient descent on the mean of squares
// converges below 2 / (2 * 4), and nowhere above.
data::Dataset plane() {
  constexpr std::int64_t kRows = 4096;
  Random random(3, "rate finder");
  Tensor x(DType::f32, {kRows, 2}), y(DType::f32, {kRows, 1});
  for (std::int64_t i = 0; i < kRows; ++i) {
    const double a = 2 * random.normal(), b = 2 * random.normal();
    x.set(2 * i, a), x.set(2 * i + 1, b), y.set(i, 3 * a - b + 0.1 * random.normal());
  }
  return {x, y};
}

struct LeastSquares {
  nn::Module model = nn::sequential({nn::dense({.units = 1, .bias = false})});
  data::Dataset rows = plane();
  train::FitOptions options;
  LeastSquares() {
    options.optimizer = optim::sgd({.learning_rate = 123});
    options.batch_size = 512;
  }
};

TEST(RateFinder, LeastSquaresDivergesWhereTheorySaysSo) {
  const LeastSquares s;
  const auto found = train::find_rate(s.model, s.rows, s.options, {.from = 1e-5, .to = 100});
  EXPECT_TRUE(found.diverged);
  ASSERT_TRUE(found.steepest);
  constexpr double kBound = 2.0 / 8;
  EXPECT_LT(*found.steepest, kBound);
  EXPECT_GT(*found.steepest, kBound / 100);
  EXPECT_LT(found.lowest, 2 * kBound);
  EXPECT_GT(found.rates.back(), kBound);
  EXPECT_LT(found.rates.back(), 40 * kBound);
  ASSERT_EQ(found.rates.size(), found.losses.size());
  EXPECT_NEAR(found.rates[0], 1e-5, 1e-12);
  // Trained at what was found, it comes to the noise; a little above the bound it does not.
  for (const bool good : {true, false}) {
    auto options = s.options;
    options.optimizer = optim::sgd({.learning_rate = good ? *found.steepest : 1.2 * kBound});
    options.epochs = good ? 40 : 3;
    Store store;
    const auto history = train::fit(s.model, s.rows, nullptr, store, options);
    EXPECT_EQ(*history.epochs.back().find("loss") < 0.02, good);
  }
}

TEST(RateFinder, IsTheSameTwiceAndLeavesTheStore) {
  const LeastSquares s;
  Store store;
  auto options = s.options;
  options.optimizer = optim::sgd({.learning_rate = 0.01});
  options.epochs = 1;
  train::fit(s.model, s.rows, nullptr, store, options);
  const auto before = store.snapshot();
  const auto first = train::find_rate(s.model, s.rows, s.options, {}, &store);
  const auto second = train::find_rate(s.model, s.rows, s.options, {}, &store);
  EXPECT_EQ(first.losses, second.losses);
  EXPECT_TRUE(testing::same_store(before, store.snapshot()));
  const auto anew = train::find_rate(s.model, s.rows, s.options);
  EXPECT_NE(first.losses.front(), anew.losses.front());  // it did begin from the store
}

// Losses of several batches make those of one update.
TEST(RateFinder, CountsUpdatesNotBatches) {
  Setting s;
  s.options.updates.accumulate = 3;  // of 5 batches: updates after 3 and after 5
  const auto found =
      train::find_rate(s.model, s.train, s.options, {.from = 1e-6, .to = 1e-3, .updates = 20});
  EXPECT_EQ(found.losses.size(), 20u);
  EXPECT_NEAR(found.rates.back(), 1e-3, 1e-9);
  EXPECT_FALSE(found.diverged);
}

TEST(RateFinder, JudgesWhatItSaw) {
  train::RateFinding f{
      .rates = {1, 10, 100, 1000, 10000}, .losses = {}, .smoothed = {5, 5, 4, 1, 9}};
  train::judge(f);
  EXPECT_EQ(f.steepest, 100);
  EXPECT_EQ(f.lowest, 1000);
  f.smoothed = {1, 2, 3, 4, 5};
  train::judge(f);
  EXPECT_FALSE(f.steepest);
}

TEST(RateFinder, OptionsThatCannotBe) {
  const LeastSquares s;
  for (const train::RateFinderOptions& o : {train::RateFinderOptions{.from = 0},
                                            {.from = 1, .to = 1},
                                            {.to = INFINITY},
                                            {.updates = 9},

                                            {.diverged = 1},
                                            {.from = double(NAN)}})
    EXPECT_EQ(thrown([&] { train::find_rate(s.model, s.rows, s.options, o); }).code, "E-TRAIN-02");
  auto options = s.options;
  options.optimizer = optim::lbfgs();
  EXPECT_EQ(thrown([&] { train::find_rate(s.model, s.rows, options); }).code, "E-TRAIN-02");
}

}  // namespace
}  // namespace glia
