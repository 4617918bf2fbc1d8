// Some of the training rows, and images of some classes.
#include <gtest/gtest.h>

#include <map>

#include "glia/data/loader.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

using testing::Case;
using testing::thrown;
using testing::write;

std::map<double, int> counts(const data::Source& rows) {
  std::map<double, int> counts;
  const auto targets = rows.all_targets(0);
  for (std::int64_t i = 0; i < targets->size(); ++i) ++counts[targets->at(i)];
  return counts;
}

// The first number of each row, in order.
std::vector<double> firsts(const data::Source& rows) {
  data::Batch batch = rows.allocate(rows.size());
  std::vector<std::int64_t> all;
  for (std::int64_t i = 0; i < rows.size(); ++i) all.push_back(i);
  batch.count = rows.size(), batch.rows = all;
  rows.fill(batch);
  const std::int64_t width = batch.features.size() / rows.size();
  std::vector<double> values;
  for (const auto i : all) values.push_back(batch.features.at(i * width));
  return values;
}

TEST(TrainingRows, AreDrawnOfEachClass) {
  Case c;
  const auto all = experiment::prepare(c.load());
  const auto few = experiment::prepare(c.load({"data.split.per_class=7"}));
  EXPECT_EQ(counts(*few.train), (std::map<double, int>{{0, 7}, {1, 7}}));
  EXPECT_EQ(few.validation->size(), all.validation->size());
  EXPECT_EQ(few.rows.test, all.rows.test);
  // Everything is fitted on these alone: the features are scaled by fourteen rows.
  double sum = 0;
  for (const double x : firsts(*few.train)) sum += x;
  EXPECT_NEAR(sum, 0, 1e-4);
  const auto other =
      experiment::prepare(c.load({"data.split={validation: 0.2, test: 0.2, "
                                  "per_class: 7, rows_seed: 2}"}));
  EXPECT_NE(firsts(*other.train), firsts(*few.train));
}

TEST(TrainingRows, AreDrawnOfAllWithTheirClassesInProportion) {
  Case c;
  const auto all = counts(*experiment::prepare(c.load()).train);
  const double share = static_cast<double>(all.at(1)) / (all.at(0) + all.at(1));
  for (const int rows : {10, 30, 60}) {
    const auto few =
        counts(*experiment::prepare(c.load({"data.split.rows=" + std::to_string(rows)})).train);
    EXPECT_EQ(few.at(0) + few.at(1), rows);
    EXPECT_NEAR(few.at(1), share * rows, 1) << rows;
  }
}

TEST(TrainingRows, RefusesMoreThanThereAre) {
  Case c;
  const auto rows = experiment::prepare(c.load()).train->size();
  const auto many =
      thrown([&] { experiment::prepare(c.load({"data.split.rows=" + std::to_string(rows + 1)})); });
  EXPECT_EQ(many.code, "E-EXP-05");
  EXPECT_TRUE(many.says("there are " + std::to_string(rows))) << many.message;
  const auto of_class = thrown([&] { experiment::prepare(c.load({"data.split.per_class=89"})); });
  EXPECT_EQ(of_class.code, "E-EXP-05");
  EXPECT_EQ(thrown([&] {
              c.load({"data.split.rows=9", "data.split.per_class=9"});
            }).code,
            "E-EXP-05");
  // A series is no set of rows of which some could be drawn.
  EXPECT_EQ(thrown([&] {
              experiment::parse(
                  "data: {train: rows.csv, series: {target: x, time: kind, window: 3, horizon: 1}, "
                  "split: "
                  "{validation: 0.2, rows: 5}}\nmodel: {layers: [dense: 1]}\n"
                  "train: {loss: mean_squared_error}\n",
                  "a.yaml", {}, c.folder.path());
            }).code,
            "E-EXP-02");
}

// Images of one byte each, whose value says which they are.
std::string idx(const std::vector<unsigned char>& sizes, const std::string& bytes) {
  std::string text{'\0', '\0', '\x08', static_cast<char>(sizes.size())};
  for (const auto size : sizes) text += std::string(3, '\0') + static_cast<char>(size);
  return text + bytes;
}

TEST(Classes, OfImagesAreChosenAndNumberedAnew) {
  TempFolder folder;
  std::string images, labels;
  for (int i = 0; i < 24; ++i)
    images += static_cast<char>(10 * i), labels += static_cast<char>(i % 4);
  write(folder / "train.idx", idx({24, 1, 1}, images));
  write(folder / "train-labels.idx", idx({24}, labels));
  write(folder / "test.idx", idx({4, 1, 1}, std::string("\x01\x02\x03\x04")));
  write(folder / "test-labels.idx", idx({4}, std::string("\x00\x01\x02\x03", 4)));
  const std::string yaml = R"(data:
  train: {images: train.idx, labels: train-labels.idx}
  test: {images: test.idx, labels: test-labels.idx}
  classes: [3, 1]
  standardize: false
  split: {validation: 0.25}
model: {layers: [flatten: {}, dense: {units: 2, activation: softmax}]}
train: {loss: sparse_categorical_crossentropy}
)";
  const auto load = [&](std::vector<std::string> set = {}) {
    experiment::LoadOptions options;
    options.set = std::move(set);
    return experiment::parse(yaml, "a.yaml", options, folder.path());
  };
  const auto prepared = experiment::prepare(load());
  EXPECT_EQ(prepared.encoding.target.labels, (std::vector<std::string>{"3", "1"}));
  EXPECT_EQ(prepared.train->size() + prepared.validation->size(), 12);
  EXPECT_EQ(prepared.rows.test, (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(counts(*prepared.test), (std::map<double, int>{{0, 1}, {1, 1}}));
  EXPECT_NEAR(firsts(*prepared.test)[0] * 255, 2, 1e-3);  // of the file's label 1: class 1
  EXPECT_EQ(prepared.test->all_targets(0)->at(0), 1);
  for (const auto place : prepared.rows.validation) EXPECT_EQ(place % 2, 1);
  EXPECT_EQ(counts(*experiment::prepare(load({"data.split.per_class=2"})).train),
            (std::map<double, int>{{0, 2}, {1, 2}}));
  EXPECT_EQ(thrown([&] { load({"data.classes=[1, x]"}); }).code, "E-EXP-05");
  EXPECT_EQ(thrown([&] { load({"data.classes=[1, 1]"}); }).code, "E-EXP-05");
  EXPECT_EQ(thrown([&] { load({"data.classes=[1]"}); }).code, "E-EXP-05");
  const auto none = thrown([&] { experiment::prepare(load({"data.classes=[1, 9]"})); });
  EXPECT_EQ(none.code, "E-EXP-05");
  EXPECT_TRUE(none.says("no image of the class '9'")) << none.message;
}

// What a training starts from stands where a person and a program look.
TEST(Start, SaysWhatWasLoadedAndWhatIsFrozen) {
  Case c;
  const auto first = c.load({"train.epochs=1"});
  experiment::train(first, experiment::prepare(first), c.options("first"));
  const auto e = c.load({"train.epochs=3", "train.start_from={file: first, match: \"dense.*\"}",
                         "train.groups=[{match: \"dense.*\", from_epoch: 2}]"});
  std::vector<std::string> messages;
  train::Observer observer;
  observer.message = [&](std::string_view text) { messages.emplace_back(text); };
  const auto result = experiment::train(e, experiment::prepare(e), c.options("second"), observer);
  EXPECT_EQ(result.start.loaded.loaded.size(), 2U);
  ASSERT_EQ(result.start.thawed.count(2), 1U);
  EXPECT_EQ(result.start.thawed.at(2).size(), 2U);
  const auto said = [&](const std::string& part) {
    return std::any_of(messages.begin(), messages.end(),
                       [&](const auto& m) { return m.find(part) != std::string::npos; });
  };
  EXPECT_TRUE(said("2 tensors loaded"));
  EXPECT_TRUE(said("learned from epoch 2: 2 parameters"));
  const auto frozen = c.load({"train.groups=[{match: \"dense.*\", frozen: true}]"});
  const auto other = experiment::train(frozen, experiment::prepare(frozen), c.options("third"));
  EXPECT_EQ(other.start.frozen.size(), 2U);
}

}  // namespace
}  // namespace glia
