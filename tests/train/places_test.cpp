// Targets of any shape: sequences, images, masks and weights of their places; and means over
// batches of them.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/nn/functional.h"
#include "glia/train/predictor.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::thrown;
using train::FitOptions;

constexpr std::int64_t kTokens = 7;  // 0 is padding

// Sequences in which each token follows from the two before it; after them there is
// padding.
struct Text {
  Tensor tokens, next, real;
};
Text text(std::int64_t rows, std::int64_t steps) {
  Random random(3, "text");
  Text t{Tensor(DType::i64, {rows, steps}), Tensor(DType::i64, {rows, steps}),
         Tensor(DType::boolean, {rows, steps})};
  for (std::int64_t n = 0; n < rows; ++n) {
    const auto draw = [&] { return static_cast<std::int64_t>(random.below(kTokens - 1)); };
    const std::int64_t length =
        2 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(steps - 1)));
    std::int64_t before = draw(), now = draw();
    for (std::int64_t i = 0; i < length; ++i) {
      const std::int64_t after = (before + 2 * now) % (kTokens - 1);
      t.tokens.set(n * steps + i, static_cast<double>(now + 1));
      t.next.set(n * steps + i, static_cast<double>(after + 1));
      t.real.set(n * steps + i, 1);
      before = now, now = after;
    }
  }
  return t;
}

nn::Module character_model(bool mask_zero) {
  return nn::sequential(
      {nn::embedding({.input_dim = kTokens, .output_dim = 8, .mask_zero = mask_zero}),
       nn::gru({.units = 24, .return_sequences = true}), nn::dense({.units = kTokens})});
}

FitOptions of_classes(std::int64_t epochs) {
  FitOptions o;
  o.loss = nn::sparse_categorical_crossentropy({.from_logits = true});
  o.optimizer = optim::adam({.learning_rate = 0.02});
  o.metrics = {"accuracy"};
  o.batch_size = 16;
  o.epochs = epochs;
  return o;
}

struct Trained {
  train::History history;
  std::map<std::string, Tensor> store;
};
Trained trained(const nn::Module& model, const data::Dataset& rows, const FitOptions& o,
                int stop_after = 0) {
  Store store;
  std::atomic<bool> stop{false};
  int steps = 0;
  train::Observer observer;
  observer.step = [&](const train::StepRecord&) { stop = ++steps == stop_after; };
  observer.stop = &stop;
  auto history = train::fit(model, rows, &rows, store, o, observer);
  return {std::move(history), store.snapshot()};
}

// To at least this value; and stopped in an epoch and gone on with, to the same bits.
void expect_learns(const nn::Module& model, const data::Dataset& rows, FitOptions o,
                   const std::string& value, double at_least) {
  const Trained whole = trained(model, rows, o);
  ASSERT_TRUE(whole.history.epochs.back().find(value)) << value;
  EXPECT_GT(*whole.history.epochs.back().find(value), at_least);
  TempFolder folder;
  o.checkpoint.folder = folder / "checkpoints";
  trained(model, rows, o, 6);
  o.resume = true;
  const Trained resumed = trained(model, rows, o);
  EXPECT_TRUE(testing::same_history(whole.history, resumed.history));
  EXPECT_TRUE(testing::same_store(whole.store, resumed.store));
}

TEST(Sequences, ACharacterModelLearns) {
  const Text t = text(70, 9);
  // The first token of a row cannot be known, so not all can be right.
  expect_learns(character_model(true), {t.tokens, t.next}, of_classes(25), "val_accuracy", 0.8);
}

TEST(Sequences, OneHotTargetsAndAMaskOfPlaces) {
  const Text t = text(70, 9);
  Tensor rows(DType::f32, {70, 9, kTokens});
  for (std::int64_t i = 0; i < t.next.size(); ++i)
    rows.set(i * kTokens + static_cast<std::int64_t>(t.next.at(i)), 1);
  auto o = of_classes(25);
  o.loss = nn::categorical_crossentropy({.from_logits = true});
  expect_learns(character_model(false), {t.tokens, rows, t.real}, o, "val_accuracy", 0.8);
}

// Each pixel: whether it is brighter than the one to its left. [N, 1, H, W] -> classes [N, H, W].
struct Pictures {
  Tensor images, classes;
};
Pictures pictures(std::int64_t rows) {
  Random random(4, "pictures");
  constexpr std::int64_t kSize = 6;
  Pictures p{Tensor(DType::f32, {rows, 1, kSize, kSize}), Tensor(DType::i64, {rows, kSize, kSize})};
  for (std::int64_t i = 0; i < p.images.size(); ++i) {
    p.images.set(i, random.normal());
    const bool edge = i % kSize == 0;
    p.classes.set(i, edge ? 2 : p.images.at(i) > p.images.at(i - 1));
  }
  return p;
}

TEST(Images, ASmallSegmentationLearns) {
  const auto [images, classes] = pictures(60);
  const nn::Padding same{nn::Padding::Kind::same};
  const auto model =
      nn::sequential({nn::conv2d({.filters = 8, .padding = same, .activation = nn::relu}),
                      nn::conv2d({.filters = 2, .kernel_size = 1})});
  auto o = of_classes(15);
  o.loss = nn::sparse_categorical_crossentropy({.from_logits = true, .ignore_index = 2});
  expect_learns(model, {images, classes}, o, "val_accuracy", 0.9);

  const auto yes_or_no =
      nn::sequential({nn::conv2d({.filters = 8, .padding = same, .activation = nn::relu}),
                      nn::conv2d({.filters = 1, .kernel_size = 1, .activation = nn::sigmoid})});
  Tensor brighter(DType::f32, images.shape()), inside(DType::f32, images.shape());
  for (std::int64_t i = 0; i < classes.size(); ++i)
    brighter.set(i, classes.at(i) == 1), inside.set(i, classes.at(i) != 2);
  o.loss = nn::binary_crossentropy();
  o.metrics = {"accuracy", "roc_auc"};
  expect_learns(yes_or_no, {images, brighter, inside}, o, "val_roc_auc", 0.95);
}

// A tag for each token and a class for the whole.
TEST(SeveralOutputs, OfASequenceAndOfItsPlaces) {
  const Text t = text(70, 9);
  Tensor first(DType::i64, {70});
  for (std::int64_t n = 0; n < 70; ++n) first.set(n, t.tokens.at(9 * n));
  const auto model =
      nn::functional({"tokens"},
                     {{"vectors",
                       nn::embedding({.input_dim = kTokens, .output_dim = 8, .mask_zero = true}),
                       {"tokens"}},
                      {"states", nn::gru({.units = 24, .return_sequences = true}), {"vectors"}},
                      {"next", nn::dense({.units = kTokens}), {"states"}},
                      {"end", nn::gru({.units = 16}), {"vectors"}},
                      {"first", nn::dense({.units = kTokens}), {"end"}}},
                     {"next", "first"});
  auto o = of_classes(25);
  o.outputs = {{.name = "next", .loss = o.loss, .metrics = {"accuracy"}},
               {.name = "first", .loss = o.loss, .weight = 0.5, .metrics = {"accuracy"}}};
  o.schedule = optim::reduce_on_plateau({.monitor = "val_first_accuracy", .patience = 3});
  const data::Dataset rows({{"tokens", t.tokens}}, {{"next", t.next}, {"first", first}});
  expect_learns(model, rows, o, "val_next_accuracy", 0.8);
  // An accuracy that rises is no plateau.
  const auto history = trained(model, rows, o).history;
  EXPECT_EQ(*history.epochs.at(6).find("learning_rate"),
            *history.epochs.at(0).find("learning_rate"));
}

TEST(Places, ShapesThatDoNotFitAreNamed) {
  const Text t = text(8, 5);
  const auto refused = [&](const Tensor& targets, const Tensor& weights = {}) {
    return thrown([&] {
      trained(character_model(false), {t.tokens, targets, weights}, of_classes(1));
    });
  };
  const auto short_one = refused(Tensor(DType::i64, {8, 4}));
  EXPECT_EQ(short_one.code, "E-SHAPE-06");
  EXPECT_TRUE(short_one.says("[batch, 4]") && short_one.says("[batch, 5]")) << short_one.message;
  const auto weights = refused(t.next, Tensor(DType::f32, {8, 4}));
  EXPECT_EQ(weights.code, "E-SHAPE-06");
  EXPECT_TRUE(weights.says("[batch, 4]") && weights.says("[batch, 5]")) << weights.message;
  EXPECT_EQ(refused(t.next, Tensor(DType::f32, {7, 5})).code, "E-DATA-70");
}

// What a training shows of an epoch is what one batch of all rows gives, however uneven the batches
// are; nothing is learned here.
struct Case {
  std::string name;
  nn::Module model;
  data::Dataset rows;
  FitOptions options;
};

std::vector<Case> uneven() {
  const Text t = text(37, 8);
  FitOptions o = of_classes(1);
  o.optimizer = optim::sgd({.learning_rate = 0});
  FitOptions ignoring = o, by_class = o, two = o;
  ignoring.loss = nn::sparse_categorical_crossentropy(
      {.from_logits = true, .class_weight = {1, 1, 5, 1, 1, 1, 1}, .ignore_index = 0});
  by_class.class_weights = {0, 1, 2, 3, 4, 5, 6};
  Random random(1, "weights");
  Tensor of_rows(DType::f32, {37}), of_places(DType::f32, {37, 8}), first(DType::f32, {37, 1});
  for (std::int64_t i = 0; i < 37; ++i)
    of_rows.set(i, random.uniform()), first.set(i, random.normal());
  for (std::int64_t i = 0; i < of_places.size(); ++i)
    of_places.set(i, random.below(3) == 0 ? 0 : random.uniform());
  two.outputs = {{.name = "next", .loss = ignoring.loss, .weight = 2, .metrics = {"accuracy"}},
                 {.name = "number", .weight = 0.5}};
  const auto two_heads = nn::functional(
      {"tokens"},
      {{"vectors", nn::embedding({.input_dim = kTokens, .output_dim = 4}), {"tokens"}},
       {"next", nn::dense({.units = kTokens, .l2 = 0.1}), {"vectors"}},
       {"flat", nn::flatten(), {"vectors"}},
       {"number", nn::dense({.units = 1}), {"flat"}}},
      {"next", "number"});
  return {{"masked", character_model(true), {t.tokens, t.next}, o},
          {"ignored", character_model(false), {t.tokens, t.next}, ignoring},
          {"masked and ignored", character_model(true), {t.tokens, t.next}, ignoring},
          {"weights of rows", character_model(false), {t.tokens, t.next, of_rows}, o},
          {"weights of places", character_model(false), {t.tokens, t.next, of_places}, o},
          {"masked and weighted", character_model(true), {t.tokens, t.next, of_places}, ignoring},
          {"a mask", character_model(false), {t.tokens, t.next, t.real}, o},
          {"weights of classes", character_model(true), {t.tokens, t.next}, by_class},
          {"two outputs",
           two_heads,
           {{{"tokens", t.tokens}}, {{"next", t.next}, {"number", first}}},
           two}};
}

TEST(EpochMeans, AreThoseOfOneBatch) {
  for (auto [name, model, rows, o] : uneven()) {
    SCOPED_TRACE(name);
    o.batch_size = 37;
    const auto whole = trained(model, rows, o).history.epochs.at(0);
    for (const std::int64_t size : {1, 5, 16}) {
      o.batch_size = size;
      const auto parts = trained(model, rows, o).history.epochs.at(0);
      ASSERT_EQ(parts.values.size(), whole.values.size());
      for (std::size_t i = 0; i < parts.values.size(); ++i)
        EXPECT_NEAR(parts.values[i].second, whole.values[i].second,
                    2e-6 * (1 + std::fabs(whole.values[i].second)))
            << parts.values[i].first << " in batches of " << size;
    }
    if (name == "weights of classes") continue;  // validation rows have none
    // The training's numbers are those of evaluation, penalties apart.
    for (const auto& [key, value] : whole.values)
      if (const double* val = whole.find("val_" + key);
          val && (key != "loss" || name != "two outputs")) {
        EXPECT_NEAR(value, *val, 2e-6 * (1 + std::fabs(value))) << key;
      }
  }
}

TEST(EpochMeans, OfTheEvaluatorInAnyBatches) {
  for (const auto& [name, model, rows, o] : uneven()) {
    SCOPED_TRACE(name);
    const auto losses = [&](std::int64_t size) {
      Store store;
      train::Evaluator evaluator(model, train::objective(o), train::batch_types(rows), store, 1,
                                 size);
      return evaluator.run(rows);
    };
    const auto whole = losses(37), parts = losses(4);
    EXPECT_NEAR(whole.loss, parts.loss, 2e-6 * (1 + std::fabs(whole.loss)));
  }
}

// Several batches that make one update are one batch, whatever of them counts.
TEST(EpochMeans, OfAccumulatedGradients) {
  for (auto [name, model, rows, o] : uneven()) {
    if (name == "two outputs") continue;  // whose losses count for different numbers of places
    SCOPED_TRACE(name);
    o.optimizer = optim::sgd({.learning_rate = 0.5});
    o.batch_size = 37;
    const auto whole = trained(model, rows, o).store;
    o.batch_size = 5;
    o.updates.accumulate = 8;
    const auto parts = trained(model, rows, o).store;
    for (const auto& [key, tensor] : whole)
      if (tensor.dtype() == DType::f32) {
        for (std::int64_t i = 0; i < tensor.size(); ++i)
          ASSERT_NEAR(tensor.at(i), parts.at(key).at(i), 2e-6) << key;
      }
  }
}

// A batch in which nothing counts teaches nothing, and is no error.
TEST(EpochMeans, OfNothing) {
  const Text t = text(6, 5);
  auto o = of_classes(2);
  o.batch_size = 1;
  Tensor weights(DType::f32, {6, 5});
  for (std::int64_t i = 0; i < 5; ++i) weights.set(i, 1);
  const auto history = trained(character_model(false), {t.tokens, t.next, weights}, o).history;
  EXPECT_LT(*history.epochs.at(1).find("loss"), *history.epochs.at(0).find("loss"));
  EXPECT_GT(*history.epochs.at(1).find("loss"), 0.1);
}

}  // namespace
}  // namespace glia
