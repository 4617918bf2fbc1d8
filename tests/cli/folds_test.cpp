// Cross-validation and ensembles from the command line.
#include <gtest/gtest.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Folds : public testing::Test {
 protected:
  Folds() {
    write(folder_ / "data.csv", rows());
    write(folder_ / "small.yaml", experiment({.train_more = "  epochs: 8\n"}));
  }
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  std::string digest(const std::string& file) { return sha256_file(folder_ / file); }
  TempFolder folder_;
};

TEST_F(Folds, ShowMeanAndDeviation) {
  const auto done = run({"train", "small.yaml", "--folds", "3", "--out", "run"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_NE(done.err.find("fold 2/3: epoch 1/8"), std::string::npos) << done.err;
  EXPECT_NE(done.err.find("final model: epoch 1/8"), std::string::npos) << done.err;
  EXPECT_NE(done.out.find("mean and standard deviation over 3 folds"), std::string::npos);
  EXPECT_NE(done.out.find("fold 3"), std::string::npos) << done.out;
  EXPECT_NE(done.out.find("out_of_fold.csv"), std::string::npos) << done.out;
  // The final model and each fold are models as any other.
  for (const char* model : {"run", "run/folds/2"}) {
    const auto said = run({"evaluate", model, "--json"});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_GT(Json::parse(said.out)["rows"], 50);
  }
  const auto fold = Json::parse(run({"evaluate", "run/folds/2", "--json"}).out);
  const auto folds = Json::parse(read(folder_ / "run/folds.json"));
  EXPECT_EQ(fold["metrics"]["accuracy"]["value"], folds["values"]["accuracy"]["folds"][1]);
}

TEST_F(Folds, GoOnAfterAKill) {
  const std::vector<std::string> command{"train", "small.yaml", "--folds",
                                         "3",     "--set",      "train.ensemble={members: 2}"};
  auto whole = command, parts = command;
  whole.insert(whole.end(), {"--out", "whole"});
  parts.insert(parts.end(), {"--out", "parts"});
  ASSERT_EQ(run(whole).code, 0);
  for (const char* place : {"fold 1/3, member 2/2: epoch 3", "fold 3/3, member 1/2: epoch 2",
                            "final model, member 2/2: epoch 1"}) {
    Command killed(folder_.path(), parts);
    ASSERT_TRUE(killed.wait_until([&] { return killed.err().find(place) != std::string::npos; }))
        << place << killed.err();
    killed.send(SIGKILL);
    EXPECT_EQ(killed.wait().signal, SIGKILL);
    if (parts.back() != "--resume") parts.emplace_back("--resume");
  }
  const auto done = run(parts);
  ASSERT_EQ(done.code, 0) << done.err;
  for (const char* file : {"out_of_fold.csv", "model/members/1/weights.safetensors",
                           "model/members/2/weights.safetensors"})
    EXPECT_EQ(digest(std::string("parts/") + file), digest(std::string("whole/") + file)) << file;
  // A run that is there is not written over.
  const auto again = run(command);
  EXPECT_EQ(again.code, 0) << again.err;  // runs/small
  EXPECT_NE(run(whole).code, 0);
}

TEST_F(Folds, AnInterruptSaysHowToGoOn) {
  Command stopped(folder_.path(), {"train", "small.yaml", "--folds", "3", "--out", "run", "--set",
                                   "train.epochs=2000", "--json"});
  ASSERT_TRUE(stopped.wait_until(
      [&] { return stopped.err().find("fold 1/3: epoch    2") != std::string::npos; }));
  stopped.send(SIGINT);
  const auto outcome = stopped.wait();
  EXPECT_EQ(outcome.code, 130);
  const auto json = Json::parse(outcome.out);
  EXPECT_EQ(json["interrupted"], true);
  EXPECT_NE(json["resume"].get<std::string>().find("--resume"), std::string::npos);
}

TEST_F(Folds, AnEnsembleIsOneModel) {
  const auto done = run({"train", "small.yaml", "--out", "run", "--set",
                         "train.ensemble={members: 3, combine: weighted}", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  const auto json = Json::parse(done.out);
  EXPECT_EQ(json["members"].size(), 3u);
  const auto evaluated = Json::parse(run({"evaluate", "run", "--json"}).out);
  EXPECT_EQ(evaluated["loss"], json["test"]["loss"]);
  const auto predicted = run({"predict", "run", "data.csv"});
  EXPECT_EQ(predicted.code, 0) << predicted.err;
  EXPECT_EQ(run({"summary", "run"}).code, 0);
  const auto weights = run({"weights", "run"});
  EXPECT_NE(weights.err.find("E-EXP-26"), std::string::npos) << weights.err;
  EXPECT_EQ(run({"weights", "run/members/1"}).code, 0);
  EXPECT_EQ(run({"evaluate", "run/members/2"}).code, 0);
}

}  // namespace
}  // namespace glia::cli
