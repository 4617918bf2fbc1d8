// Slices, curves and comparisons at the command line.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Judging : public testing::Test {
 protected:
  Judging() {
    write(folder_ / "data.csv", rows());
    write(folder_ / "small.yaml", experiment());
  }
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  Json json(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto outcome = run(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return Json::parse(outcome.out, nullptr, false);
  }
  void train(const std::string& name, const std::string& set) {
    const auto outcome = run({"train", "small.yaml", "--out", name, "--set", set});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  TempFolder folder_;
};

TEST_F(Judging, SlicesCurvesAndIntervals) {
  train("run", "train.epochs=10");
  const auto all =
      json({"evaluate", "run", "--by", "group", "--by", "a", "--curves", "--bootstrap", "200"});
  ASSERT_EQ(all["slices"].size(), 2U);
  EXPECT_EQ(all["slices"][0]["column"], "group");
  std::int64_t counted = 0;
  for (const auto& slice : all["slices"][0]["slices"]) counted += slice["rows"].get<int>();
  EXPECT_EQ(counted, all["rows"].get<int>());
  EXPECT_TRUE(all["metrics"]["f1"].contains("interval"));
  EXPECT_TRUE(all["metrics"].contains("ece"));
  ASSERT_GE(all["curves"].size(), 3U);
  EXPECT_EQ(all["curves"][0]["title"], "ROC curve");
  const auto text = run({"evaluate", "run", "--by", "group", "--by", "answer", "--curves"});
  EXPECT_EQ(text.code, 0) << text.err;
  for (const char* part : {"by group", "by answer", "ROC curve", "Calibration", "all rows"})
    EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
  // Of a file that is given, too.
  write(folder_ / "new.csv", rows({.count = 60, .first = 900}));
  EXPECT_EQ(json({"evaluate", "run", "--data", "new.csv", "--by", "group"})["rows"], 60);
  const auto unknown = run({"evaluate", "run", "--by", "gruop"});
  EXPECT_NE(unknown.err.find("'group'"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find("E-METRIC-12"), std::string::npos) << unknown.err;
}

TEST_F(Judging, TwoRunsByTheSameRows) {
  train("short", "train.epochs=1");
  train("long", "train.epochs=40");
  const auto both = json({"compare", "short", "long"});
  EXPECT_EQ(both["part"], "test");
  EXPECT_EQ(both["comparisons"][0]["metric"], "accuracy");
  EXPECT_EQ(both["comparisons"][0]["test"], "McNemar's exact test");
  EXPECT_EQ(both["comparisons"][1]["metric"], "roc_auc");
  const auto text = run({"compare", "short", "long", "--metric", "f1", "--bootstrap", "200"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_NE(text.out.find("long is better by"), std::string::npos) << text.out;
  // The same run twice differs in nothing.
  const auto same = json({"compare", "long", "long", "--metric", "log_loss"});
  EXPECT_EQ(same["comparisons"][0]["difference"], 0);
  const auto other = run({"train", "small.yaml", "--out", "other", "--set", "data.split.seed=5"});
  ASSERT_EQ(other.code, 0) << other.err;
  const auto refused = run({"compare", "long", "other"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("E-METRIC-15"), std::string::npos) << refused.err;
  EXPECT_EQ(run({"compare", "long", "short", "--metric", "rmse"}).code, 1);
}

TEST_F(Judging, GrowingTrainingSets) {
  const std::vector<std::string> ask{"learning-curve", "small.yaml", "--sizes", "40,1",
                                     "--repeats",      "2",          "--set",   "train.epochs=8"};
  const auto curve = json(ask);
  EXPECT_EQ(curve["metric"], "accuracy");
  ASSERT_EQ(curve["points"].size(), 2U);
  EXPECT_EQ(curve["points"][0]["rows"], 40);
  EXPECT_EQ(curve["points"][1]["rows"], 240);
  EXPECT_EQ(curve["points"][1]["values"].size(), 2U);
  const auto folder = folder_ / "runs" / "small-learning-curve";
  const auto file = folder / "rows-40" / "repeat-1" / "result.json";
  const auto trained = Json::parse(read(file));
  EXPECT_EQ(trained["training_rows"], 40);
  EXPECT_EQ(trained["validation"]["metrics"]["accuracy"], curve["points"][0]["values"][1]);
  // What is done is not done again.
  const auto before = fs::last_write_time(file);
  const auto again = run(ask);
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(fs::last_write_time(file), before);
  EXPECT_NE(again.out.find("From 40 to 240 training rows"), std::string::npos) << again.out;
  auto other = ask;
  other.back() = "train.epochs=9";
  EXPECT_NE(run(other).err.find("E-METRIC-18"), std::string::npos);
  auto much = ask;
  much[3] = "999";
  EXPECT_NE(run(much).err.find("E-METRIC-17"), std::string::npos);
  auto unknown = ask;
  unknown.insert(unknown.end(), {"--metric", "acuracy"});
  EXPECT_NE(run(unknown).err.find("E-METRIC-16"), std::string::npos);
}

}  // namespace
}  // namespace glia::cli
