// Arrays as an experiment's data.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>

#include "glia/base/error.h"
#include "glia/base/file.h"
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

// An archive of arrays that are stored as they are.
std::string npz(const TempFolder& folder, const std::vector<data::Named>& arrays) {
  const auto little = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i & 255);
    return text;
  };
  std::string members, directory;
  for (const auto& [name, tensor] : arrays) {
    data::write_npy(folder / "member.npy", tensor);
    const auto bytes = read_file(folder / "member.npy");
    const auto crc =
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
    const auto file = name + ".npy";
    const auto about = little(0, 8) + little(crc, 4) + little(bytes.size(), 4) +
                       little(bytes.size(), 4) + little(file.size(), 2) + little(0, 2);
    directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + about + little(0, 10) +
                 little(members.size(), 4) + file;
    members += "PK\x03\x04" + little(20, 2) + about + file + bytes;
  }
  return members + directory + "PK\x05\x06" + little(0, 4) + little(arrays.size(), 2) +
         little(arrays.size(), 2) + little(directory.size(), 4) + little(members.size(), 4) +
         little(0, 2);
}

// As Keras's data sets come: training and test in one file.
TEST_F(ArrayExperiment, TrainingAndTestOfOneArchive) {
  const auto a = arrays(300, 1), b = arrays(100, 2);
  testing::write(folder_ / "all.npz", npz(folder_, {{"x_train", a.features},
                                                    {"y_train", a.targets},
                                                    {"x_test", b.features},
                                                    {"y_test", b.targets},
                                                    {"copy", a.features}}));
  const auto data = [](const std::string& x, const std::string& y) {
    return "  train: {file: all.npz, features: x_train, targets: y_train}\n  test: {file: all.npz, "
           "features: " +
           x + ", targets: " + y + "}\n  validation: 0.2\n";
  };
  const auto e = load(data("x_test", "y_test"));
  const auto prepared = prepare(e);
  EXPECT_EQ(prepared.test->size(), 100);
  EXPECT_EQ(prepared.equal_rows, 0);
  for (const char* x : {"x_train", "copy"})
    EXPECT_EQ(code_of([&] { prepare(load(data(x, "y_train"))); }), "E-DATA-60") << x;
  RunOptions options;
  options.folder = folder_ / "run";
  train(e, prepared, options);
  const auto bundle = load_bundle(folder_ / "run");
  auto plan = bundle.experiment.data->with_files(
      [&](const std::filesystem::path& file) { return folder_ / file.filename(); });
  EXPECT_EQ(plan->labelled(bundle, plan->test_files()).rows->size(), 100) << "its own names";
}

TEST_F(ArrayExperiment, EqualRowsAreCounted) {
  auto features = data::read_npy(folder_ / "x.npy");
  for (std::int64_t i = 0; i < features.size(); ++i) features.set(i, i / 3 < 150 ? 1 : 2);
  data::write_npy(folder_ / "x.npy", features);
  const auto prepared = prepare(load(kData));
  EXPECT_EQ(prepared.equal_rows, 60);
  const auto said = [&](const char* what) {
    return std::any_of(prepared.notes.begin(), prepared.notes.end(),
                       [&](const std::string& note) { return note.find(what) != note.npos; });
  };
  EXPECT_TRUE(said("60 validation rows are equal"));
  EXPECT_TRUE(said("60 test rows are equal"));
}

// Of large amounts that differ little, 32 bits would hold neither the mean nor the deviation.
TEST_F(ArrayExperiment, ScalesHaveAllTheirDigits) {
  Tensor features(DType::f64, {300, 1});
  for (std::int64_t i = 0; i < 300; ++i) features.set(i, 1.6e9 + 50 + static_cast<double>(i % 2));
  data::write_npy(folder_ / "x.npy", features);
  const auto prepared = prepare(load("  train: {features: x.npy, targets: y.npy}\n"));
  auto batch = prepared.train->allocate(300);
  const auto every = data::all_rows(300);
  batch.count = 300, batch.rows = every;
  prepared.train->fill(batch);
  for (std::int64_t i = 0; i < 300; ++i) EXPECT_NEAR(batch.features.at(i), i % 2 ? 1 : -1, 1e-6);
  const auto& encoder = prepared.encoding.as<ArrayEncoder>();
  EXPECT_EQ(Encoding::from_json(prepared.encoding.to_json()).as<ArrayEncoder>().mean, encoder.mean);
}

}  // namespace
}  // namespace glia::experiment
