// What a person gets who makes a mistake: a code, the place, what to try; and nothing is lost.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

class BadInput : public testing::Test {
 protected:
  BadInput() {
    write(folder_ / "data.csv", rows());
    write(folder_ / "small.yaml", experiment());
  }
  // The command fails with that code, says all of it, makes no run and calls nothing unexpected.
  void expect(const std::vector<std::string>& arguments, const std::string& code,
              const std::vector<std::string>& said) {
    const auto outcome = glia(folder_.path(), arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find("error: "), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos)
        << code << " expected, got: " << outcome.err;
    for (const auto& part : said)
      EXPECT_NE(outcome.err.find(part), std::string::npos) << part << " in: " << outcome.err;
    EXPECT_FALSE(fs::exists(folder_ / "runs")) << outcome.err;
  }
  void expect_failure(const std::vector<std::string>& arguments, const std::string& code) {
    const auto outcome = glia(folder_.path(), arguments);
    EXPECT_EQ(outcome.code, 1) << outcome.err;
    EXPECT_NE(outcome.err.find("[" + code + "]"), std::string::npos) << outcome.err;
  }
  void expect_of(const ExperimentText& text, const std::string& code,
                 const std::vector<std::string>& said) {
    write(folder_ / "bad.yaml", experiment(text));
    expect({"train", "bad.yaml"}, code, said);
  }
  void expect_of_data(const std::string& data, const std::string& code,
                      const std::vector<std::string>& said) {
    write(folder_ / "bad.csv", data);
    expect_of({.data = "bad.csv"}, code, said);
  }
  TempFolder folder_;
};

TEST_F(BadInput, Files) {
  expect({"train", "nothing.yaml"}, "E-FILE-01", {"nothing.yaml"});
  expect({"train", "."}, "E-FILE-03", {});
  expect_of({.data = "nothing.csv"}, "E-FILE-01", {"bad.yaml:3", "nothing.csv", "--data"});
  const std::string plain = "not a regular file";
  fs::create_directory(folder_ / "folder");
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  for (const char* odd : {"/dev/zero", "pipe", "folder"})
    expect_of({.data = odd}, "E-FILE-03", {odd, plain});
  expect({"predict", "nowhere", "data.csv"}, "E-BUNDLE-01", {"nowhere"});
  expect({"evaluate", "nowhere"}, "E-BUNDLE-01", {"nowhere"});
  expect({"summary", "nothing.yaml"}, "E-FILE-01", {"nothing.yaml"});
  expect({"init", "nothing.csv", "--target", "a"}, "E-FILE-01", {"nothing.csv"});
  fs::create_symlink("circle.csv", folder_ / "circle.csv");
  ASSERT_EQ(mkfifo((folder_ / "pipe.yaml").c_str(), 0600), 0);
  expect({"train", "pipe.yaml"}, "E-FILE-03", {"pipe.yaml", "named pipe"});
  expect({"data", "describe", "circle.csv"}, "E-FILE-02", {"circle.csv"});
  expect({"init", "circle.csv", "--target", "a"}, "E-FILE-02", {"circle.csv"});
}

TEST_F(BadInput, Tables) {
  write(folder_ / "empty.csv", "");
  expect_of({.data = "empty.csv"}, "E-FILE-04", {"empty.csv"});
  expect_of_data("a,b,c,group,answer\n", "E-DATA-02", {"bad.csv"});
  expect_of_data(rows({.count = 20}) + "1,2,3\n", "E-DATA-03", {"bad.csv:22"});
  expect_of_data(rows({.count = 20}) + "1,2,3,red,\"yes\n", "E-DATA-04", {"bad.csv:22"});
  expect_of_data(rows({.count = 20}) + "1,2,3,red,\n", "E-DATA-23", {"22"});
  write(folder_ / "twice.csv", rows({.count = 20, .order = "a,b,c,group,answer,a"}));
  expect_of({.data = "twice.csv", .data_more = "  header: true\n"}, "E-DATA-05", {"'a'"});
  expect_of({.data = "twice.csv"}, "E-DATA-05", {"'a'", "header: false"});
}

TEST_F(BadInput, Targets) {
  expect_of({.target = "{column: anwser}"}, "E-DATA-10", {"did you mean 'answer'"});
  expect_of({.target = "{column: answer, positive: maybe}"}, "E-DATA-21", {"maybe", "yes"});
  expect_of({.target = "{column: answer, task: regression}"}, "E-DATA-11", {"data.csv:2"});
  write(folder_ / "text.csv", rows({.count = 60}) + "1,two,3,red,yes\n");
  expect_of({.data = "text.csv", .data_more = "  columns: {b: numeric}\n"}, "E-DATA-11",
            {"text.csv:62", "two"});
}

TEST_F(BadInput, TestDataThatTrainingSaw) {
  const std::string share = "  validation: 0.2\n";
  expect_of({.data_more = "  test: data.csv\n" + share}, "E-DATA-60", {"data.csv"});
  write(folder_ / "copy.csv", rows());
  expect_of({.data_more = "  test: copy.csv\n" + share}, "E-DATA-60", {"copy.csv"});
  write(folder_ / "ids.csv", rows({.count = 100, .order = "id,a,b,c,group,answer"}));
  write(folder_ / "more.csv", rows({.count = 50, .first = 90, .order = "id,a,b,c,group,answer"}));
  expect_of({.data = "ids.csv", .data_more = "  test: more.csv\n  id: id\n" + share}, "E-DATA-61",
            {"10"});
  write(folder_ / "labels.csv", "a,b,c,group,answer\n1,2,3,red,yes\n1,2,3,red,perhaps\n");
  expect_of({.data_more = "  test: labels.csv\n" + share}, "E-DATA-22",
            {"labels.csv:3", "perhaps"});
  expect_of({.train_more = "  early_stopping: {monitor: test_loss}\n"}, "E-EXP-06", {"val_loss"});
}

// Each prediction stands for its row: what cannot be read is left out of a training alone.
TEST_F(BadInput, NothingIsSkippedAfterTraining) {
  write(folder_ / "some.csv", rows({.count = 60}) + "1,2,3\n");
  write(folder_ / "skip.yaml",
        experiment({.data = "some.csv", .data_more = "  on_error: skip\n  validation: 0.2\n"}));
  const auto outcome = glia(folder_.path(), {"train", "skip.yaml", "--out", "run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_NE(outcome.err.find("1 row is left out"), std::string::npos) << outcome.err;
  for (const auto& arguments : {std::vector<std::string>{"predict", "run", "some.csv"},
                                {"evaluate", "run", "--data", "some.csv"}})
    expect_failure(arguments, "E-DATA-03");
}

// Drawn anew from other rows, a split calls rows a test that were trained on.
TEST_F(BadInput, DataThatChangedSinceTheTrainingHasNoTestRows) {
  write(folder_ / "some.csv", rows({.count = 100}));
  write(folder_ / "split.yaml", experiment({.data = "some.csv"}));
  EXPECT_EQ(glia(folder_.path(), {"train", "split.yaml", "--out", "run"}).code, 0);
  EXPECT_EQ(glia(folder_.path(), {"evaluate", "run"}).code, 0);
  write(folder_ / "some.csv", rows({.count = 101}));
  expect_failure({"evaluate", "run"}, "E-DATA-262");
  EXPECT_EQ(glia(folder_.path(), {"evaluate", "run", "--data", "some.csv"}).code, 0);
}

TEST_F(BadInput, EqualRowsAreCountedAndNoError) {
  write(folder_ / "some.csv", rows({.count = 50, .first = 380}));
  write(folder_ / "equal.yaml", experiment({.data_more = "  test: some.csv\n  validation: 0.2\n"}));
  const auto outcome = glia(folder_.path(), {"train", "equal.yaml", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(nlohmann::json::parse(outcome.out)["equal_rows"], 20);
  EXPECT_NE(outcome.err.find("20 test rows are equal"), std::string::npos) << outcome.err;
}

TEST_F(BadInput, WordsInExperiments) {
  write(folder_ / "bad.yaml", "name: [a\n");
  expect({"train", "bad.yaml"}, "E-EXP-01", {"bad.yaml:"});
  expect_of({.train_more = "  epocs: 3\n"}, "E-EXP-02", {"bad.yaml:14", "did you mean 'epochs'"});
  expect_of({.train_more = "  epochs: many\n"}, "E-EXP-03", {"bad.yaml:14", "many"});
  expect_of({.layers = "    - dens: {units: 1}\n"}, "E-NN-01", {"bad.yaml:8", "'dense'"});
  expect_of({.layers = "    - dense: {units: 1, activation: relo}\n"}, "E-NN-01", {"'relu'"});
  expect_of({.loss = "binary_crossentrpy"}, "E-NN-01", {"bad.yaml:", "'binary_crossentropy'"});
  expect({"train", "small.yaml", "--set", "train.optimizer=adan"}, "E-NN-01", {"'adam'"});
  expect({"train", "small.yaml", "--set", "train.epocs=5"}, "E-EXP-02", {"'epochs'"});
  expect({"train", "small.yaml", "--set", "nonsense"}, "E-EXP-05", {"key=value"});
  expect_of({.train_more = "  metrics: [acuracy]\n"}, "E-METRIC-01", {"'accuracy'"});
}

TEST_F(BadInput, ShapesNameTheLayerAndBothShapes) {
  expect_of({.layers = "    - conv2d: {filters: 4, name: stem}\n"
                       "    - dense: {units: 1, activation: sigmoid}\n"},
            "E-SHAPE-01", {"stem", "[batch, 5]"});
  expect_of({.layers = "    - dense: {units: 3}\n",
             .loss = "mean_squared_error",
             .target = "{column: a}"},
            "E-SHAPE-06", {"[batch, 3]", "[batch, 1]"});
}

TEST_F(BadInput, WhatNoMemoryHoldsIsSaidBeforeAnyIsTaken) {
  expect_of({.layers = "    - dense: {units: 1000000, activation: relu}\n"
                       "    - dense: {units: 1000000, activation: relu}\n"
                       "    - dense: {units: 1, activation: sigmoid}\n"},
            "E-STORE-03", {"'dense_1.weight'", "[1000000, 1000000]", "available"});
  expect_of({.layers = "    - dense: {units: 100000000000, activation: relu}\n"
                       "    - dense: {units: 1, activation: sigmoid}\n"},
            "E-OPTION-01", {"bad.yaml:8", "units is 100000000000"});
}

TEST_F(BadInput, PairsThatDoNotBelongTogether) {
  const std::string softmax2 = "    - dense: {units: 2, activation: softmax}\n";
  expect_of({.layers = "    - dense: {units: 1, activation: softmax}\n"}, "E-DOCTOR-01",
            {"sigmoid"});
  expect_of({.layers = softmax2}, "E-DOCTOR-01", {"softmax"});
  expect_of({.layers = softmax2 + "    - softmax: {}\n", .loss = "sparse_categorical_crossentropy"},
            "E-DOCTOR-01", {"softmax"});
  expect_of({.layers = softmax2, .loss = "categorical_crossentropy"}, "E-LOSS-01",
            {"sparse_categorical_crossentropy"});
  expect_of({.loss = "mean_squared_error"}, "E-LOSS-01", {"binary_crossentropy"});
}

TEST_F(BadInput, ALossThatIsNotFiniteStopsWithACheckpoint) {
  write(
      folder_ / "wild.yaml",
      experiment({.layers = "    - dense: {units: 8, activation: relu}\n    - dense: {units: 1}\n",
                  .loss = "mean_squared_error",
                  .target = "{column: a}"}));
  const auto outcome = glia(folder_.path(), {"train", "wild.yaml", "--out", "run", "--set",
                                             "train.optimizer={sgd: {learning_rate: 1e20}}"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("[E-TRAIN-04]"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("step"), std::string::npos) << outcome.err;
  EXPECT_FALSE(fs::is_empty(folder_ / "run/checkpoints"));
}

TEST_F(BadInput, AfterABundleIsDamaged) {
  ASSERT_EQ(glia(folder_.path(), {"train", "small.yaml", "--out", "run"}).code, 0);
  const auto weights = folder_ / "run/model/weights.safetensors";
  const auto whole = read(weights);
  write(weights, whole.substr(0, whole.size() - 10));
  expect({"predict", "run", "data.csv"}, "E-SAFE-07", {"weights.safetensors"});
  write(weights, std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10));
  expect({"predict", "run", "data.csv"}, "E-SAFE-02", {"weights.safetensors"});
  write(weights, whole);
  write(folder_ / "run/model/encoding.json", "{");
  expect({"predict", "run", "data.csv"}, "E-BUNDLE-02", {"encoding.json", "no JSON from byte 2"});
  write(folder_ / "run/model/encoding.json", "{\"kind\": 3}");
  const auto outcome = glia(folder_.path(), {"predict", "run", "data.csv"});
  EXPECT_NE(outcome.err.find("[E-BUNDLE-02]"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("exception"), std::string::npos) << outcome.err;
}

TEST_F(BadInput, AnEncodingNestedBeyondReason) {
  ASSERT_EQ(glia(folder_.path(), {"train", "small.yaml", "--out", "run"}).code, 0);
  write(folder_ / "run/model/encoding.json", R"({"kind":"table","preprocessor":)" +
                                                 std::string(300'000, '[') +
                                                 std::string(300'000, ']') + "}");
  expect({"predict", "run", "data.csv"}, "E-BUNDLE-02", {"encoding.json"});
}

TEST_F(BadInput, ARefusedResumeLeavesTheRunAsItWas) {
  ASSERT_EQ(glia(folder_.path(), {"train", "small.yaml", "--out", "run"}).code, 0);
  const auto before = read(folder_ / "run/experiment.yaml");
  expect({"train", "small.yaml", "--out", "run", "--resume", "--set", "train.batch_size=7"},
         "E-TRAIN-03", {});
  EXPECT_EQ(read(folder_ / "run/experiment.yaml"), before);
}

TEST_F(BadInput, OverwriteTakesNothingThatNoRunWrote) {
  fs::create_directory(folder_ / "mine");
  write(folder_ / "mine/experiment.yaml", experiment());
  write(folder_ / "mine/data.csv", rows());
  expect({"train", "small.yaml", "--out", "mine", "--overwrite"}, "E-RUN-02", {"mine"});
  EXPECT_TRUE(fs::exists(folder_ / "mine/data.csv"));
  ASSERT_EQ(glia(folder_.path(), {"train", "small.yaml", "--out", "run"}).code, 0);
  write(folder_ / "run/notes.txt", "mine");
  ASSERT_EQ(glia(folder_.path(), {"train", "small.yaml", "--out", "run", "--overwrite"}).code, 0);
  EXPECT_EQ(read(folder_ / "run/notes.txt"), "mine");
  expect({"train", "small.yaml", "--out", "data.csv/run"}, "E-FILE-06", {"data.csv/run"});
}

TEST_F(BadInput, EmptyArgumentsAndFilesInPlaceOfFolders) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"train", "small.yaml", "--out", ""},
        {"train", "small.yaml", "--data", ""},
        {"train", ""},
        {"predict", "", "data.csv"},
        {"init", "data.csv", "--target", "answer", "-o", ""}}) {
    const auto outcome = glia(folder_.path(), arguments);
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_NE(outcome.err.find("is empty"), std::string::npos) << outcome.err;
  }
  EXPECT_FALSE(fs::exists(folder_ / "runs"));
  for (const char* how : {"--json", "--overwrite", "--resume"})
    expect_failure({"train", "small.yaml", "--out", "data.csv", how}, "E-FILE-06");
  EXPECT_EQ(read(folder_ / "data.csv"), rows());
}

TEST_F(BadInput, ATextAmongNumbers) {
  write(folder_ / "typo.csv", rows() + "1o,2,3,red,yes\n");
  expect_of({.data = "typo.csv"}, "E-DATA-11", {"typo.csv:402", "'1o'", "missing", "columns: {a:"});
  const auto init = glia(folder_.path(), {"init", "typo.csv", "--target", "answer"});
  EXPECT_EQ(init.code, 0) << init.err;
  EXPECT_NE(init.out.find("column 'a': 400 of 401 values are numbers"), std::string::npos)
      << init.out;
  EXPECT_NE(init.out.find("typo.csv:402"), std::string::npos) << init.out;
  expect({"train", "typo.yaml"}, "E-DATA-11", {"typo.csv:402"});
  EXPECT_EQ(glia(folder_.path(), {"train", "typo.yaml", "--set", "data.missing=[\"1o\"]", "--set",
                                  "train.epochs=1"})
                .code,
            0);
}

TEST_F(BadInput, MoreOutputsThanClassesAreSeenBeforeTraining) {
  expect_of({.layers = "    - dense: {units: 3, activation: softmax}\n",
             .loss = "sparse_categorical_crossentropy"},
            "E-SHAPE-06", {"3 outputs", "2 classes"});
}

TEST_F(BadInput, BareWordsHaveALineAndKeysStandOnce) {
  expect_of({.loss = "binary_crossentrop"}, "E-NN-01", {"bad.yaml:", "binary_crossentropy"});
  expect_of({.train_more = "  epochs: 3\n  epochs: 4\n"}, "E-EXP-02", {"epochs", "twice"});
  expect_of({.train_more = "  epochs: 3\n  threshold: 7\n"}, "E-EXP-05", {"threshold"});
  expect_of({.train_more = "  epochs: 3\n  checkpoint: {keep: -1}\n"}, "E-EXP-05", {"keep"});
}

TEST_F(BadInput, ErrorsAreJsonToo) {
  const auto failed = glia(folder_.path(), {"train", "nothing.yaml", "--json"});
  EXPECT_EQ(nlohmann::json::parse(failed.out)["error"]["code"], "E-FILE-01");
  const auto usage = glia(folder_.path(), {"train", "--json"});
  EXPECT_EQ(usage.code, 2);
  EXPECT_EQ(nlohmann::json::parse(usage.out)["error"]["code"], "E-CLI-01");
}

}  // namespace
}  // namespace glia::cli
