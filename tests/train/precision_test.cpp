// Trainings in mixed precision: exact, f32 in all that they keep, and as good.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/train/predictor.h"
#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::fit;
using testing::Outcome;
using testing::same_history;
using testing::same_store;
using testing::Setting;
using testing::thrown;

Tensor random_rows(std::int64_t rows) {
  Random random(3, "rows");
  Tensor x(DType::f32, {rows, 2});
  for (float& v : x.data<float>()) v = static_cast<float>(random.normal());
  return x;
}

struct MixedSetting : Setting {
  MixedSetting() { options.precision = Precision::mixed_bf16; }
};

TEST(Mixed, TwiceAndWithAnyNumberOfWorkers) {
  const MixedSetting s;
  const Outcome first = fit(s);
  for (const int workers : {0, 2}) {
    auto options = s.options;
    options.loader_workers = workers;
    const Outcome again = fit(s, options);
    EXPECT_TRUE(same_store(first.store, again.store)) << workers;
    EXPECT_TRUE(same_history(first.history, again.history)) << workers;
  }
  EXPECT_FALSE(same_store(first.store, fit(Setting()).store));  // so something was rounded
}

TEST(Mixed, StoppedAnywhereAndResumed) {
  const MixedSetting s;
  const Outcome whole = fit(s);
  for (std::int64_t stop = 1; stop <= 30; stop += 4) {
    TempFolder folder;
    auto options = s.options;
    options.checkpoint.folder = folder / "checkpoints";
    fit(s, options, stop);
    options.resume = true;
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(same_store(whole.store, rest.store)) << stop;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << stop;
  }
}

// Nothing of bf16 outlives a step, and a small update is not lost by rounding.
TEST(Mixed, KeepsMasterWeights) {
  MixedSetting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  const Outcome outcome = fit(s);
  const auto saved = train::Checkpoints(s.options.checkpoint.folder).newest();
  ASSERT_TRUE(saved);
  for (const auto& [name, tensor] : saved->tensors) EXPECT_NE(tensor.dtype(), DType::bf16) << name;
  const Tensor& weight = outcome.store.at("dense.weight");
  ASSERT_EQ(weight.dtype(), DType::f32);
  EXPECT_FALSE(same_bits(weight, weight.to(DType::bf16).to(DType::f32)));
}

TEST(Mixed, IsPartOfTheFingerprintAndOfWhatAResumeHolds) {
  MixedSetting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  const auto fingerprint = fit(s, s.options, 8).history.fingerprint;
  const auto validation = fingerprint.find("; validation: ");
  EXPECT_LT(fingerprint.find("precision=mixed_bf16"), validation) << fingerprint;
  EXPECT_EQ(fingerprint.find("mixed", validation), std::string::npos) << fingerprint;
  EXPECT_EQ(fit(Setting()).history.fingerprint.find("precision"), std::string::npos);
  s.options.resume = true;
  s.options.precision = Precision::f32;
  const auto refused = thrown([&] { fit(s); });
  EXPECT_EQ(refused.code, "E-TRAIN-03");
  EXPECT_TRUE(refused.says("precision: not given, was mixed_bf16")) << refused.message;
}

// The numbers of a prediction are those of f32, whatever the weights were trained in.
TEST(Mixed, PredictsInF32) {
  const MixedSetting s;
  Store store;
  train::fit(s.model, s.train, &s.validation, store, s.options);
  const train::Objective objective = train::objective(s.options);
  train::Predictor predictor(s.model, objective, {2}, store, 1);
  const Tensor rows = random_rows(40);
  const Tensor predicted = predictor.run(rows);

  const Type features{DType::f32, {40, 2}};
  const Graph graph = train::inference_graph(s.model, objective, features);
  Session session(compile(graph, {}), store);
  session.bind("features", rows);
  session.run();
  EXPECT_TRUE(same_bits(predicted, session.output_tensor("prediction")));
}

TEST(Mixed, LearnsAsWell) {
  double difference = 0;
  for (const std::uint64_t seed : {9, 10, 11}) {
    Setting s;
    s.train = testing::three_classes(600, 1), s.validation = testing::three_classes(400, 2);
    s.options.seed = seed;
    const double f32 = *fit(s).history.epochs.back().find("val_accuracy");
    s.options.precision = Precision::mixed_bf16;
    const double mixed = *fit(s).history.epochs.back().find("val_accuracy");
    EXPECT_GT(mixed, 0.8) << seed;
    difference += (mixed - f32) / 3;
  }
  EXPECT_NEAR(difference, 0, 0.02);  // one deviation of 400 rows is 0.018
}

// A step that goes wrong is told as in f32: which row, which op.
TEST(Mixed, TellsWhatIsNotFinite) {
  MixedSetting s;
  Tensor x = random_rows(71);
  x.set(17, INFINITY);
  s.train = data::Dataset(x, Tensor(DType::i64, {71}));
  const auto mixed = thrown([&] { fit(s); });
  s.options.precision = Precision::f32;
  const auto plain = thrown([&] { fit(s); });
  EXPECT_EQ(mixed.code, "E-TRAIN-04") << mixed.message;
  EXPECT_EQ(mixed.message, plain.message);
}

}  // namespace
}  // namespace glia
