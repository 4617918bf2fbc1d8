// Models of several inputs and outputs in fit(), without an experiment.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/nn/functional.h"
#include "glia/train/predictor.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::thrown;

// sum = a0 + a1 + b0; sign: whether a0 * b0 > 0.
data::Dataset two_of_each(std::int64_t rows, std::uint64_t seed) {
  Random random(seed, "two");
  Tensor a(DType::f32, {rows, 2}), b(DType::f32, {rows, 1});
  Tensor sum(DType::f32, {rows, 1}), sign(DType::i64, {rows});
  for (std::int64_t i = 0; i < rows; ++i) {
    a.set(2 * i, random.normal()), a.set(2 * i + 1, random.normal()), b.set(i, random.normal());
    sum.set(i, a.at(2 * i) + a.at(2 * i + 1) + b.at(i));
    sign.set(i, a.at(2 * i) * b.at(i) > 0 ? 1 : 0);
  }
  return {{{"a", a}, {"b", b}}, {{"sum", sum}, {"sign", sign}}};
}

nn::Module two_headed() {
  return nn::functional({"a", "b"},
                        {{"left", nn::dense({.units = 12, .activation = nn::relu}), {"a"}},
                         {"right", nn::dense({.units = 12, .activation = nn::relu}), {"b"}},
                         {"both", nn::concatenate(), {"left", "right"}},
                         {"deep", nn::dense({.units = 16, .activation = nn::relu})},
                         {"drop", nn::dropout({.rate = 0.05})},
                         {"sum", nn::dense({.units = 1}), {"drop"}},
                         {"sign", nn::dense({.units = 2}), {"drop"}}},
                        {"sum", "sign"});
}

train::FitOptions options() {
  train::FitOptions o;
  o.outputs = {{.name = "sum", .metrics = {"rmse"}},
               {.name = "sign",
                .loss = nn::sparse_categorical_crossentropy({.from_logits = true}),
                .weight = 0.5,
                .metrics = {"accuracy"}}};
  o.optimizer = optim::adam({.learning_rate = 0.01});
  o.epochs = 4;
  o.batch_size = 32;
  o.early_stopping = train::EarlyStopping{.monitor = "val_sign_accuracy", .patience = 50};
  return o;
}

TEST(SeveralOutputs, ARunStoppedInAnEpochGoesOnToTheSameBits) {
  const auto rows = two_of_each(200, 1), more = two_of_each(80, 2);
  const auto run = [&](const std::filesystem::path& folder, bool resume, int stop_after) {
    auto o = options();
    o.checkpoint.folder = folder;
    o.resume = resume;
    Store store;
    std::atomic<bool> stop{false};
    int steps = 0;
    train::Observer observer;
    observer.step = [&](const train::StepRecord&) { stop = ++steps == stop_after; };
    observer.stop = &stop;
    auto history = train::fit(two_headed(), rows, &more, store, o, observer);
    return std::pair(std::move(history), store.snapshot());
  };
  TempFolder folder;
  const auto [whole, weights] = run(folder / "whole", false, 0);
  run(folder / "parts", false, 10);  // in the second epoch: 7 batches each
  const auto [resumed, same] = run(folder / "parts", true, 0);
  EXPECT_TRUE(testing::same_history(whole, resumed));
  EXPECT_TRUE(testing::same_store(weights, same));
  EXPECT_TRUE(whole.epochs.back().find("val_sum_rmse"));
  EXPECT_TRUE(whole.epochs.back().find("sign_accuracy"));
  EXPECT_LT(*whole.epochs.back().find("loss"), *whole.epochs.front().find("loss"));
  EXPECT_GT(whole.best_epoch, 0);
}

TEST(SeveralOutputs, GradientsAreThoseOfTheWeightedSum) {
  // One head with weight 0 trains the other as if it were alone: nothing flows from it.
  const auto rows = two_of_each(64, 3);
  auto o = options();
  o.early_stopping.reset();
  o.epochs = 1;
  o.outputs[1].weight = 0;
  Store store, begun;
  train::fit(two_headed(), rows, nullptr, store, o);
  begun.initialize(train::gradient_graph(two_headed(), o.outputs, train::batch_types(rows), o.seed),
                   o.seed);
  for (std::int64_t i = 0; i < 32; ++i)
    EXPECT_EQ(store.at("sign.weight").at(i), begun.at("sign.weight").at(i));
  EXPECT_NE(store.at("sum.weight").at(0), begun.at("sum.weight").at(0));
}

TEST(SeveralOutputs, WhatDoesNotFitIsRefused) {
  const auto rows = two_of_each(64, 4);
  const auto code = [&](const train::FitOptions& o, const nn::Module& model = two_headed()) {
    Store store;
    return thrown([&] { train::fit(model, rows, nullptr, store, o); }).code;
  };
  train::FitOptions o = options();
  o.early_stopping.reset();
  auto one = o;
  one.outputs.pop_back();
  EXPECT_EQ(code(one), "E-TRAIN-07");
  auto same = o;
  same.outputs[1].name = "sum";
  EXPECT_EQ(code(same), "E-TRAIN-07");
  auto negative = o;
  negative.outputs[1].weight = -1;
  EXPECT_EQ(code(negative), "E-TRAIN-07");
  auto weights = o;
  weights.class_weights = {1, 2};
  EXPECT_EQ(code(weights), "E-TRAIN-02");
  EXPECT_EQ(code(o, nn::sequential({nn::dense({.units = 1})})), "E-NN-02");
  Tensor x(DType::f32, {4, 2}), y(DType::f32, {4, 1}), less(DType::f32, {3, 1});
  EXPECT_EQ(thrown([&] { data::Dataset({{"a", x}, {"a", x}}, {{"y", y}}); }).code, "E-DATA-76");
  EXPECT_EQ(thrown([&] { data::Dataset({{"a", x}, {"b", less}}, {{"y", y}}); }).code, "E-DATA-70");
  EXPECT_EQ(thrown([&] {
              data::Dataset({{"a", x}}, {{"y", y}, {"z", x.to(DType::f64)}});
            }).code,
            "E-DATA-71");
}

}  // namespace
}  // namespace glia
