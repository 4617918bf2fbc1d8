// Arrays as an experiment's data.
#include <gtest/gtest.h>

#include <cmath>

#include "glia/base/error.h"
#include "glia/data/npy.h"
#include "glia/data/split.h"
#include "glia/experiment/array_data.h"
#include "tests/experiment/case.h"
#include "tests/thrown.h"

namespace glia::experiment {
namespace {

using glia::testing::code_of;

using testing::write;

// Rows [n, 3] of which the class tells the sign of the first feature; and their classes.
struct Arrays {
  Tensor features, targets;
};
Arrays arrays(std::int64_t n, std::uint64_t seed) {
  Random random(seed, "arrays");
  Arrays a{Tensor(DType::f64, {n, 3}), Tensor(DType::i32, {n})};
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t f = 0; f < 3; ++f) a.features.set(3 * i + f, 5 + 10 * random.normal());
    a.targets.set(i, a.features.at(3 * i) > 5 ? 1 : 0);
  }
  return a;
}

class ArrayExperiment : public ::testing::Test {
 protected:
  ArrayExperiment() {
    const auto a = arrays(300, 1);
    data::write_npy(folder_ / "x.npy", a.features);
    data::write_npy(folder_ / "y.npy", a.targets);
  }
  Experiment load(const std::string& data, const std::string& loss = "binary_crossentropy") const {
    const std::string end = loss == "binary_crossentropy" ? "sigmoid" : "linear";
    return parse("data:\n" + data +
                     "model:\n  layers:\n    - dense: {units: 8, activation: relu}\n"
                     "    - dense: {units: 1, activation: " +
                     end +
                     "}\n"
                     "train: {loss: " +
                     loss + ", optimizer: {adam: 0.02}, epochs: 12}\nseed: 1\n",
                 "arrays.yaml", {}, folder_.path());
  }
  TempFolder folder_;
};

const std::string kData =
    "  train: {features: x.npy, targets: y.npy}\n  split: {validation: 0.2, test: 0.2}\n";

TEST_F(ArrayExperiment, TrainsIsSavedAndPredicts) {
  RunOptions options;
  options.folder = folder_ / "run";
  const auto e = load(kData);
  const auto result = train(e, prepare(e), options);
  const auto bundle = load_bundle(folder_ / "run");
  const auto& encoder = bundle.encoding.as<ArrayEncoder>();
  EXPECT_EQ(encoder.mean.size(), 3u);
  EXPECT_NEAR(encoder.mean[0], 5, 2);
  EXPECT_NEAR(encoder.std[0], 10, 2);
  const auto fresh = arrays(200, 2);
  data::write_npy(folder_ / "new.npy", fresh.features);
  data::write_npy(folder_ / "new-y.npy", fresh.targets);
  const auto labelled =
      bundle.experiment.data->labelled(bundle, {folder_ / "new.npy", folder_ / "new-y.npy"});
  EXPECT_EQ(labelled.rows->size(), 200);
  EXPECT_FALSE(labelled.trained_on);
  const auto assessment = assess(bundle, *labelled.rows, 1, 1);
  EXPECT_EQ(bundle.experiment.data->unlabelled(bundle, folder_ / "new.npy").rows->size(), 200);
  data::write_npy(folder_ / "wide.npy", Tensor(DType::f32, {2, 4}));
  EXPECT_EQ(code_of([&] { bundle.experiment.data->unlabelled(bundle, folder_ / "wide.npy"); }),
            "E-SHAPE-01");
  (void)result, (void)assessment;
}

TEST_F(ArrayExperiment, WhatIsFittedComesFromTrainingRowsAlone) {
  const auto e = load(kData);
  const auto before = prepare(e);
  // Rows of validation and test are changed; those of training stay.
  auto features = data::read_npy(folder_ / "x.npy");
  const auto targets = data::read_npy(folder_ / "y.npy");
  std::vector<std::int64_t> classes;
  for (std::int64_t i = 0; i < 300; ++i)
    classes.push_back(static_cast<std::int64_t>(targets.at(i)));
  data::SplitOptions split{.validation = 0.2, .test = 0.2};
  split.seed = e.data->split.seed;
  split.stratify = classes;
  split.labels = {"0", "1"};
  const auto parts = data::split(300, split);
  for (const auto* part : {&parts.validation, &parts.test})
    for (const auto row : *part)
      for (std::int64_t f = 0; f < 3; ++f) features.set(3 * row + f, 1e6);
  data::write_npy(folder_ / "x.npy", features);
  const auto after = prepare(load(kData));
  EXPECT_EQ(before.encoding.as<ArrayEncoder>().mean, after.encoding.as<ArrayEncoder>().mean);
  EXPECT_EQ(before.encoding.as<ArrayEncoder>().std, after.encoding.as<ArrayEncoder>().std);
  EXPECT_NE(before.fingerprint, after.fingerprint);
}

TEST_F(ArrayExperiment, AmountsAreLearnedAsTheyAre) {
  auto amounts = arrays(300, 1).features;
  Tensor y(DType::f32, {300});
  for (std::int64_t i = 0; i < 300; ++i) y.set(i, amounts.at(3 * i) / 10);
  data::write_npy(folder_ / "y.npy", y);
  const auto prepared = prepare(load(kData, "mean_squared_error"));
  EXPECT_EQ(prepared.encoding.target.task, data::Task::regression);
  EXPECT_EQ(prepared.train->outputs().front().dtype, DType::f32);
}

TEST_F(ArrayExperiment, RefusesWhatDoesNotFit) {
  const auto code = [&](const std::string& data) { return code_of([&] { prepare(load(data)); }); };
  EXPECT_EQ(code("  train: {features: x.npy}\n"), "E-EXP-04");
  EXPECT_EQ(code("  train: {features: x.npy, targets: none.npy}\n"), "E-FILE-01");
  EXPECT_EQ(code("  train: {features: x.npy, targets: y.npy, other: 1}\n"), "E-EXP-02");
  EXPECT_EQ(code(kData + "  test: {features: x.npy, targets: y.npy}\n"), "E-EXP-05");
  EXPECT_EQ(code("  train: {features: x.npy, targets: y.npy}\n  test: {features: x.npy, targets: "
                 "y.npy}\n"),
            "E-DATA-60");
  data::write_npy(folder_ / "few.npy", Tensor(DType::i32, {299}));
  EXPECT_EQ(code("  train: {features: x.npy, targets: few.npy}\n"), "E-DATA-70");
  EXPECT_EQ(code(kData + "  labels: [only]\n"), "E-DATA-22");
  auto features = data::read_npy(folder_ / "x.npy");
  features.set(7, std::nan(""));
  data::write_npy(folder_ / "x.npy", features);
  EXPECT_EQ(code(kData), "E-DATA-35");
}

}  // namespace
}  // namespace glia::experiment
