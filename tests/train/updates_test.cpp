// Groups, clipping, constraints, accumulation, averages, plateaus: in a training, and through
// resumes.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/train/graphs.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::fit;
using testing::Outcome;
using testing::same_history;
using testing::same_store;
using testing::Setting;
using testing::thrown;

// Stopped here and there, resumed: the same bits as in one piece.
void expect_exact(const Setting& s, const std::string& what) {
  const Outcome whole = fit(s);
  for (const std::int64_t stop : {1, 4, 5, 8, 13, 29}) {
    TempFolder folder;
    auto options = s.options;
    options.checkpoint.folder = folder / "checkpoints";
    if (fit(s, options, stop).history.end != train::End::interrupted) continue;
    options.resume = true;
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(same_store(whole.store, rest.store)) << what << " " << stop;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << what << " " << stop;
  }
}

TEST(Exact, EveryKindOfState) {
  Setting s;
  s.options.updates.accumulate = 3;
  s.options.average = train::Average{.decay = 0.9};
  expect_exact(s, "accumulation and an average");
  s.options.updates = {.clip = {.global_norm = 0.1}};
  s.options.average = train::Average{.kind = train::Average::Kind::mean, .from_epoch = 3};
  s.options.optimizer = optim::nadam();
  s.options.schedule = optim::warmed_up(
      optim::reduce_on_plateau({.factor = 0.5, .patience = 0, .threshold = 0.3}), 1);
  expect_exact(s, "a plateau and a mean");
  s.options = Setting().options;
  s.options.schedule = optim::constant();
  s.options.optimizer = optim::lbfgs({.max_iterations = 3, .history = 4, .strong_wolfe = true});
  s.options.batch_size = 71;
  s.options.epochs = 12;
  expect_exact(s, "lbfgs");
}

// A model without batch statistics and without dropout.
Setting plain() {
  Setting s;
  s.model = nn::sequential({nn::dense({.units = 8, .activation = nn::tanh}),
                            nn::dense({.units = 3, .activation = nn::softmax, .l2 = 1e-3})});
  s.options.early_stopping.reset();
  s.options.schedule = optim::cosine();
  return s;
}

double farthest(const Outcome& a, const Outcome& b) {
  double most = 0;
  for (const auto& name : {"dense.weight", "dense.bias", "dense_1.weight", "dense_1.bias"})
    for (std::int64_t i = 0; i < a.store.at(name).size(); ++i)
      most = std::max(most, std::fabs(a.store.at(name).at(i) - b.store.at(name).at(i)));
  return most;
}

// 71 rows: four batches of 4 rows are one of 16, the last update of an epoch has fewer.
TEST(Accumulation, IsALargerBatch) {
  Setting s = plain();
  Tensor weights(DType::f32, {71});
  for (std::int64_t i = 0; i < 71; ++i) weights.set(i, 0.2 + static_cast<double>(i % 5));
  for (const bool weighted : {false, true}) {
    if (weighted) s.train = s.train.with_weights(weights);
    s.options.optimizer = optim::sgd({.learning_rate = 0.1, .momentum = 0.9});
    s.options.batch_size = 16;
    s.options.updates.accumulate = 1;
    const Outcome whole = fit(s);
    s.options.batch_size = 4;
    s.options.updates.accumulate = 4;
    EXPECT_LT(farthest(whole, fit(s)), 1e-6) << weighted;
    s.options.updates.accumulate = 3;
    EXPECT_GT(farthest(whole, fit(s)), 1e-4);
  }
}

TEST(Groups, FreezeAndSlow) {
  Setting s = plain();
  Store before;
  before.initialize(train::gradient_graph(s.model, s.options.loss,
                                          train::batch_types({2}, {}, false), s.options.seed),
                    s.options.seed);
  s.options.updates.groups = {{.match = "dense.*", .frozen = true},
                              {.match = "*_1.bias", .learning_rate_factor = 0}};
  const Outcome end = fit(s);
  for (const auto* name : {"dense.weight", "dense.bias", "dense_1.bias"})
    EXPECT_TRUE(same_store({{name, before.at(name)}}, {{name, end.store.at(name)}})) << name;
  EXPECT_FALSE(
      same_store({{"w", before.at("dense_1.weight")}}, {{"w", end.store.at("dense_1.weight")}}));
  EXPECT_FALSE(end.store.contains("dense.weight.exp_avg"));
  s.options.updates.groups = {{.match = "dens.*"}};
  const auto wrong = thrown([&] { fit(s); });
  EXPECT_EQ(wrong.code, "E-TRAIN-09");
  EXPECT_TRUE(wrong.says("'dens.*'") && wrong.says("dense.bias")) << wrong.message;
}

TEST(Groups, Patterns) {
  EXPECT_TRUE(train::matches("*", ""));
  EXPECT_TRUE(train::matches("a*c*e", "abcde"));
  EXPECT_TRUE(train::matches("?.weight", "a.weight"));
  EXPECT_FALSE(train::matches("a*c", "abcd"));
  EXPECT_FALSE(train::matches("dense.*", "dense_1.weight"));
  EXPECT_TRUE(train::matches("*.bias", "a.bias.bias"));
}

TEST(WeightDecay, LeavesOutBiasesAndSaysSo) {
  Setting s = plain();
  s.options.epochs = 1;
  s.options.optimizer = optim::adamw({.weight_decay = 0.5});
  const Outcome usual = fit(s);
  EXPECT_TRUE(usual.says("weight_decay 0.5 holds for 2 of 4 parameters"));
  s.options.optimizer = optim::adamw({.weight_decay = 0.5, .decay_all = true});
  const Outcome all = fit(s);
  EXPECT_FALSE(all.says("weight_decay"));
  EXPECT_GT(farthest(usual, all), 1e-5);
  s.options.optimizer = optim::adamw({.weight_decay = 0.5});
  s.options.updates.groups = {{.match = "*.bias", .weight_decay = 0.5}};
  EXPECT_LT(farthest(fit(s), all), 1e-7);
}

TEST(Constraints, HoldAfterEveryUpdate) {
  Setting s = plain();
  s.options.updates.constraints = {{"dense.weight", optim::max_norm({.value = 0.3})},
                                   {"dense_1.weight", optim::non_negative()},
                                   {"dense.bias", optim::unit_norm()}};
  const Outcome end = fit(s);
  const Tensor &w = end.store.at("dense.weight"), &b = end.store.at("dense.bias");
  double squares = 0;
  for (std::int64_t i = 0; i < 8; ++i) {
    EXPECT_LE(std::hypot(w.at(2 * i), w.at(2 * i + 1)), 0.3 + 1e-6);
    squares += b.at(i) * b.at(i);
  }
  EXPECT_NEAR(squares, 1, 1e-5);
  for (std::int64_t i = 0; i < 24; ++i) EXPECT_GE(end.store.at("dense_1.weight").at(i), 0);
}

// One update of plain descent moves by rate times the clipped gradient.
TEST(Clipping, BoundsTheMove) {
  Setting s = plain();
  s.options.epochs = 1;
  s.options.batch_size = 71;
  s.options.schedule = optim::constant();
  s.options.optimizer = optim::sgd({.learning_rate = 1});
  s.options.optimizer.learning_rate = 0;
  const Outcome start = fit(s);
  s.options.optimizer.learning_rate = 1;
  const auto move = [&](const optim::Clip& clip) {
    s.options.updates.clip = clip;
    return fit(s);
  };
  EXPECT_NEAR(farthest(start, move({.value = 1e-3})), 1e-3, 1e-6);
  const Outcome end = move({.global_norm = 1e-2});
  double squares = 0;
  for (const auto& name : {"dense.weight", "dense.bias", "dense_1.weight", "dense_1.bias"})
    for (std::int64_t i = 0; i < start.store.at(name).size(); ++i)
      squares += std::pow(end.store.at(name).at(i) - start.store.at(name).at(i), 2);
  EXPECT_NEAR(std::sqrt(squares), 1e-2, 1e-5);
}

// The mean of the weights at the ends of epochs 2 and 3.
TEST(Averages, OfEpochs) {
  Setting s = plain();
  s.options.schedule = optim::constant();
  s.options.epochs = 2;
  const Outcome two = fit(s);
  s.options.epochs = 3;
  const Outcome three = fit(s);
  s.options.average = train::Average{.kind = train::Average::Kind::mean, .from_epoch = 2};
  const Outcome mean = fit(s);
  for (std::int64_t i = 0; i < 16; ++i)
    EXPECT_NEAR(mean.store.at("dense.weight").at(i),
                (two.store.at("dense.weight").at(i) + three.store.at("dense.weight").at(i)) / 2,
                1e-6);
  EXPECT_NE(*mean.history.epochs[2].find("val_loss"), *three.history.epochs[2].find("val_loss"));
  EXPECT_EQ(*mean.history.epochs[0].find("val_loss"), *three.history.epochs[0].find("val_loss"));
}

TEST(Lbfgs, OneFunctionOnly) {
  Setting s = plain();
  s.options.optimizer = optim::lbfgs();
  EXPECT_TRUE(thrown([&] { fit(s); }).says("batch_size"));
  s.options.batch_size = 71;
  s.options.updates.clip.norm = 1;
  EXPECT_EQ(thrown([&] { fit(s); }).code, "E-TRAIN-02");
}

TEST(Constraints, NameTheParameterThatTheyDoNotFit) {
  Setting s = plain();
  s.options.updates.constraints = {{"dense.weight", optim::unit_norm({.axis = {7}})}};
  const auto refused = thrown([&] { fit(s); });
  EXPECT_TRUE(refused.code == "E-OPTION-01" && refused.says("dense.weight") && refused.says("7"))
      << refused.message;
}

}  // namespace
}  // namespace glia
