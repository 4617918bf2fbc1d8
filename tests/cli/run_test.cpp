// Training, evaluation and prediction from the command line.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "glia/base/file.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json json_of(const Outcome& outcome) {
  const auto json = Json::parse(outcome.out, nullptr, false);
  EXPECT_TRUE(json.is_object()) << outcome.out << outcome.err;
  return json;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Run : public testing::Test {
 protected:
  Run() {
    write(folder_ / "data.csv", rows());
    write(folder_ / "small.yaml", experiment());
  }
  Outcome run(const std::vector<std::string>& arguments) { return glia(folder_.path(), arguments); }
  // A trained run in the folder "run".
  void train(const std::string& epochs = "20") {
    const auto outcome =
        run({"train", "small.yaml", "--out", "run", "--set", "train.epochs=" + epochs});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  std::string weights(const std::string& name) {
    return sha256_file(folder_ / name / "model" / "weights.safetensors");
  }
  TempFolder folder_;
};

TEST_F(Run, LearnsTheRule) {
  const auto outcome = run({"train", "small.yaml", "--set", "train.epochs=60", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto json = json_of(outcome);
  EXPECT_EQ(json["run"], "runs/small");
  EXPECT_EQ(json["test"]["rows"], 80);
  EXPECT_GT(json["test"]["metrics"]["accuracy"]["value"].get<double>(), 0.93);
  // 3 numbers and 2 groups into 8 units, and those into one.
  EXPECT_EQ(json["parameters"], (5 * 8 + 8) + (8 + 1));
  EXPECT_EQ(json["history"]["epochs"].size(), 60u);
  EXPECT_EQ(json["weights_sha256"], weights("runs/small"));
  for (const auto& file : json["files"])
    EXPECT_TRUE(fs::exists(folder_ / "runs/small" / file.get<std::string>())) << file;
  EXPECT_EQ(lines_of(read(folder_ / "runs/small/metrics.jsonl")).size(), 60u);
}

TEST_F(Run, SaysWhatItDoesAndKeepsTheStreamsApart) {
  const auto outcome = run({"train", "small.yaml"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const auto* part : {"240 training rows", "80 for validation", "57 parameters", "epoch 3/3"})
    EXPECT_NE(outcome.err.find(part), std::string::npos) << part << "\n" << outcome.err;
  for (const auto* part : {"accuracy", "confusion matrix", "glia predict runs/small"})
    EXPECT_NE(outcome.out.find(part), std::string::npos) << part << "\n" << outcome.out;
  EXPECT_EQ((outcome.out + outcome.err).find_first_of("\r\x1b"), std::string::npos);
}

TEST_F(Run, AFolderThatIsThereIsNotReplacedWithoutAWord) {
  train("3");
  const auto before = weights("run");
  const auto refused =
      run({"train", "small.yaml", "--out", "run", "--set", "seed=5", "--set", "train.epochs=3"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_NE(refused.err.find("[E-RUN-01]"), std::string::npos) << refused.err;
  EXPECT_EQ(weights("run"), before);
  const auto replaced = run({"train", "small.yaml", "--out", "run", "--set", "seed=5", "--set",
                             "train.epochs=3", "--overwrite"});
  EXPECT_EQ(replaced.code, 0) << replaced.err;
  EXPECT_NE(weights("run"), before);
}

TEST_F(Run, TheSameBitsTwiceAndWithAnyNumberOfWorkers) {
  std::set<std::string> hashes;
  for (const auto* workers : {"0", "1", "2", "2"}) {
    const auto out = "w" + std::to_string(hashes.size()) + workers;
    fs::remove_all(folder_ / out);
    const auto outcome = run({"train", "small.yaml", "--out", out, "--workers", workers});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    hashes.insert(weights(out));
  }
  EXPECT_EQ(hashes.size(), 1u);
}

TEST_F(Run, EvaluateGivesWhatTrainSaid) {
  const auto trained =
      json_of(run({"train", "small.yaml", "--out", "run", "--json", "--threads", "1"}));
  auto evaluated = json_of(run({"evaluate", "run", "--json", "--threads", "1"}));
  EXPECT_EQ(evaluated["metrics"].erase("ece"), 1u);  // which a training does not say
  EXPECT_EQ(evaluated["metrics"], trained["test"]["metrics"]);
  EXPECT_EQ(evaluated["confusion"], trained["test"]["confusion"]);
  // From elsewhere, where the experiment's relative paths lead nowhere.
  TempFolder other_place;
  auto elsewhere = json_of(glia(
      other_place.path(), {"evaluate", (folder_ / "run").string(), "--json", "--threads", "1"}));
  elsewhere["metrics"].erase("ece");
  EXPECT_EQ(elsewhere["metrics"], trained["test"]["metrics"]);
  write(folder_ / "other.csv", rows({.count = 50, .first = 1000}));
  const auto other = json_of(run({"evaluate", "run", "--data", "other.csv", "--json"}));
  EXPECT_EQ(other["rows"], 50);
}

TEST_F(Run, EvaluateWarnsOfTheTrainingData) {
  train("3");
  const auto on_training = run({"evaluate", "run", "--data", "data.csv", "--json"});
  EXPECT_EQ(json_of(on_training)["trained_on"], true);
  for (const char* part : {"warning: data.csv", "60 % of its rows", "without --data"})
    EXPECT_NE(on_training.err.find(part), std::string::npos) << part << on_training.err;
  const auto plain = run({"evaluate", "run", "--json"});
  EXPECT_EQ(json_of(plain)["trained_on"], false);
  EXPECT_EQ(plain.err, "");
}

TEST_F(Run, ARunsOwnCopyTrainsAndEvaluatesFromItsPlace) {
  fs::create_directories(folder_ / "project");
  fs::rename(folder_ / "data.csv", folder_ / "project/data.csv");
  fs::rename(folder_ / "small.yaml", folder_ / "project/small.yaml");
  ASSERT_EQ(run({"train", "project/small.yaml", "--out", "project/runs/a"}).code, 0);
  fs::rename(folder_ / "project", folder_ / "moved");  // all of it together
  fs::remove(folder_ / "moved/small.yaml");
  const auto again = run({"train", "moved/runs/a/experiment.yaml", "--out", "again"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(weights("again"), weights("moved/runs/a"));
  fs::remove(folder_ / "moved/runs/a/command.json");  // which names places of this machine
  const auto evaluated = run({"evaluate", "moved/runs/a", "--json"});
  EXPECT_EQ(json_of(evaluated)["metrics"],
            json_of(run({"evaluate", "again", "--json"}))["metrics"]);
}

TEST_F(Run, TheRateIsOfRowsThatThereAre) {
  const auto outcome = run({"train", "small.yaml", "--set", "train.batch_size=100000"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const auto& line : lines_of(outcome.err)) {
    const auto unit = line.find(" rows/s");
    if (!line.starts_with("epoch") || unit == std::string::npos) continue;
    const auto begin = line.find_last_of(' ', unit - 1) + 1;
    const double shown = std::stod(line.substr(begin)) * (line[unit - 1] == 'k'   ? 1e3
                                                          : line[unit - 1] == 'M' ? 1e6
                                                                                  : 1);
    const auto epoch = std::stoul(line.substr(6));
    const auto record =
        Json::parse(lines_of(read(folder_ / "runs/small/metrics.jsonl"))[epoch - 1]);
    EXPECT_LT(shown, 1.1 * 240 / record["seconds"].get<double>()) << line;
  }
}

TEST_F(Run, HintsRepeatWhatWasSet) {
  const auto outcome = run({"train", "small.yaml", "--set", "train.epochs=2", "--set",
                            "train.batch_size=16", "--data", "."});
  const std::string hint =
      "glia train small.yaml --data . --set train.epochs=2 --set train.batch_size=16 --set seed=2";
  EXPECT_NE(outcome.out.find(hint), std::string::npos) << outcome.out;
}

TEST_F(Run, EvaluateRefusesLabelsThatTrainingNeverSaw) {
  train();
  write(folder_ / "strange.csv", "a,b,c,group,answer\n1,2,3,red,yes\n1,2,3,red,perhaps\n");
  const auto outcome = run({"evaluate", "run", "--data", "strange.csv"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("strange.csv:3"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("perhaps"), std::string::npos);
  EXPECT_NE(outcome.err.find("[E-DATA-22]"), std::string::npos);
}

TEST_F(Run, PredictTakesColumnsByNameInAnyOrder) {
  train();
  write(folder_ / "plain.csv", rows({.count = 30, .first = 500, .order = "a,b,c,group"}));
  write(folder_ / "shuffled.csv", rows({.count = 30, .first = 500, .order = "group,extra,c,b,a"}));
  const auto plain = run({"predict", "run", "plain.csv"});
  const auto shuffled = run({"predict", "run", "shuffled.csv"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_EQ(plain.out, shuffled.out);
  const auto lines = lines_of(plain.out);
  ASSERT_EQ(lines.size(), 31u);
  EXPECT_EQ(lines[0], "label,probability_no,probability_yes");
  EXPECT_EQ(plain.err, "");
  EXPECT_NE(shuffled.err.find("'extra'"), std::string::npos) << shuffled.err;

  for (const auto& line : {lines[1], lines[30]}) {
    double no = 0, yes = 0;
    char label[8] = {};
    ASSERT_EQ(std::sscanf(line.c_str(), "%7[a-z],%lf,%lf", label, &no, &yes), 3) << line;
    EXPECT_NEAR(no + yes, 1, 1e-6);
    EXPECT_EQ(std::string(label), yes > 0.5 ? "yes" : "no");
  }
  const auto file = run({"predict", "run", "plain.csv", "-o", "out.csv"});
  EXPECT_EQ(file.out, "");
  EXPECT_EQ(read(folder_ / "out.csv"), plain.out);
  const auto again = run({"predict", "run", "plain.csv", "-o", "plain.csv"});
  EXPECT_EQ(again.code, 1);
  EXPECT_NE(again.err.find("E-CLI-07"), std::string::npos) << again.err;
  EXPECT_EQ(run({"predict", "run", "plain.csv", "-o", "out.csv", "--force"}).code, 0);
  const auto json = json_of(run({"predict", "run", "plain.csv", "--json"}));
  ASSERT_EQ(json["predictions"].size(), 30u);
  EXPECT_TRUE(json["predictions"][0]["probabilities"].contains("yes"));
}

TEST_F(Run, PredictTakesFilesWithoutAHeaderWhereTrainingDid) {
  const auto all = rows();
  write(folder_ / "bare.csv", all.substr(all.find('\n') + 1));
  write(folder_ / "bare.yaml",
        experiment({.data = "bare.csv",
                    .data_more = "  header: false\n  names: [a, b, c, group, answer]\n"
                                 "  split: {validation: 0.2, test: 0.2}\n"}));
  ASSERT_EQ(run({"train", "bare.yaml", "--out", "run"}).code, 0);
  const RowsOptions some{.count = 20, .first = 500, .order = "a,b,c,group"};
  const auto named = rows(some);
  write(folder_ / "named.csv", named);
  write(folder_ / "plain.csv", named.substr(named.find('\n') + 1));
  const auto with_header = run({"predict", "run", "named.csv"});
  const auto without = run({"predict", "run", "plain.csv"});
  EXPECT_EQ(with_header.code, 0) << with_header.err;
  EXPECT_EQ(lines_of(with_header.out).size(), 21u);
  EXPECT_EQ(without.out, with_header.out) << without.err;
  const auto piped = "cd '" + folder_.path().string() +
                     "' && cat plain.csv | '" GLIA_BINARY_DIR
                     "/glia' predict run /dev/stdin -o piped.csv 2> /dev/null";
  EXPECT_EQ(std::system(piped.c_str()), 0);
  EXPECT_EQ(read(folder_ / "piped.csv"), with_header.out);
}

TEST_F(Run, EvaluateTakesFilesWithAHeaderWhereTrainingHadNone) {
  const auto all = rows(), more = rows({.count = 50, .first = 500});
  const auto bare = [](const std::string& text) { return text.substr(text.find('\n') + 1); };
  write(folder_ / "bare.csv", bare(all));
  write(folder_ / "more.csv", bare(more));
  const std::string split = "  split: {validation: 0.2, test: 0.2}\n";
  const auto evaluated = [&](const std::string& names, const std::string& header,
                             const std::string& target) {
    write(folder_ / "bare.yaml", experiment({.data = "bare.csv",
                                             .target = "{column: " + target + ", positive: yes}",
                                             .data_more = "  header: false\n" + names + split}));
    const auto trained = run({"train", "bare.yaml", "--out", "run", "--overwrite"});
    EXPECT_EQ(trained.code, 0) << trained.err;
    write(folder_ / "named.csv", header + "\n" + bare(more));
    const auto with = run({"evaluate", "run", "--data", "named.csv", "--json"});
    const auto without = run({"evaluate", "run", "--data", "more.csv", "--json"});
    EXPECT_EQ(json_of(with)["rows"], 50) << with.err;
    EXPECT_EQ(json_of(with)["metrics"], json_of(without)["metrics"]) << without.err;
    // The target is the one column that prediction does without.
    EXPECT_EQ(run({"predict", "run", "more.csv"}).code, 0);
  };
  evaluated("  names: [a, b, c, group, answer]\n", "a,b,c,group,answer", "answer");
  evaluated("", "column_1,column_2,column_3,column_4,column_5", "column_5");
}

TEST_F(Run, PredictionsAreRightAndNotOnlyThere) {
  train("60");
  write(folder_ / "new.csv", rows({.count = 200, .first = 2000}));
  const auto predicted = lines_of(run({"predict", "run", "new.csv"}).out);
  const auto truth = lines_of(rows({.count = 200, .first = 2000, .order = "answer"}));
  ASSERT_EQ(predicted.size(), truth.size());
  int right = 0;
  for (std::size_t i = 1; i < truth.size(); ++i) right += predicted[i].starts_with(truth[i] + ",");
  EXPECT_GT(right, 185);
}

TEST_F(Run, PredictNamesWhatIsMissingUnseenOrNoNumber) {
  train();
  write(folder_ / "missing.csv", "a,c\n1,2\n");
  const auto missing = run({"predict", "run", "missing.csv"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_NE(missing.err.find("[E-DATA-32]"), std::string::npos) << missing.err;
  EXPECT_NE(missing.err.find("b, group"), std::string::npos) << missing.err;

  write(folder_ / "unseen.csv", "a,b,c,group\n1,2,3,green\n,2,3,red\n");
  const auto unseen = run({"predict", "run", "unseen.csv"});
  EXPECT_EQ(unseen.code, 0) << unseen.err;
  EXPECT_NE(unseen.err.find("column 'group': 1 value of categories that training never saw "
                            "('green')"),
            std::string::npos)
      << unseen.err;
  EXPECT_NE(unseen.err.find("column 'a': 1 missing value filled in"), std::string::npos);

  write(folder_ / "text.csv", "a,b,c,group\n1,2,3,red\n1,two,3,red\n");
  const auto text = run({"predict", "run", "text.csv"});
  EXPECT_EQ(text.code, 1);
  EXPECT_NE(text.err.find("text.csv:3"), std::string::npos) << text.err;
  EXPECT_NE(text.err.find("two"), std::string::npos) << text.err;
}

TEST_F(Run, AReaderThatGoesAwayIsNoError) {
  train();
  write(folder_ / "many.csv", rows({.count = 20000, .order = "a,b,c,group"}));
  const std::string line = "cd " + folder_.path().string() +
                           " && { " GLIA_BINARY_DIR
                           "/glia predict run many.csv 2>pipe.err; echo $? >code; } | head -n 1 "
                           ">first";
  ASSERT_EQ(std::system(line.c_str()), 0);  // NOLINT: the shell's pipe is what is tested
  EXPECT_EQ(read(folder_ / "code"), "0\n");
  EXPECT_EQ(read(folder_ / "pipe.err"), "");
  EXPECT_EQ(read(folder_ / "first"), "label,probability_no,probability_yes\n");
}

TEST_F(Run, SummaryCounts) {
  const auto of_file = json_of(run({"summary", "small.yaml", "--json"}));
  EXPECT_EQ(of_file["input"], Json({5}));
  ASSERT_EQ(of_file["layers"].size(), 2u);
  EXPECT_EQ(of_file["layers"][0]["parameters"], 48);
  EXPECT_EQ(of_file["layers"][0]["output"], Json({8}));
  EXPECT_EQ(of_file["layers"][1]["parameters"], 9);
  EXPECT_EQ(of_file["parameters"], 57);
  train("3");
  EXPECT_EQ(json_of(run({"summary", "run", "--json"})), of_file);
}

TEST_F(Run, ProfileNamesOps) {
  const auto json = json_of(run({"train", "small.yaml", "--profile", "--json"}));
  ASSERT_FALSE(json["profile"].empty());
  std::set<std::string> ops;
  for (const auto& entry : json["profile"]) {
    ops.insert(entry["op"]);
    EXPECT_GT(entry["runs"].get<int>(), 0);
    EXPECT_NE(entry["kernel"], "");
  }
  EXPECT_TRUE(ops.contains("matmul"));
}

TEST_F(Run, RegressionIsInItsUnit) {
  std::string text = "x,price\n";
  for (int i = 0; i < 300; ++i)
    text += std::to_string(i % 60) + "." + std::to_string(i) + "," +
            std::to_string(100000 + 2000 * (i % 60)) + ".5\n";
  write(folder_ / "prices.csv", text);
  write(
      folder_ / "prices.yaml",
      experiment({.data = "prices.csv",
                  .layers = "    - dense: {units: 16, activation: relu}\n    - dense: {units: 1}\n",
                  .loss = "mean_squared_error",
                  .target = "{column: price}",
                  .train_more = "  epochs: 60\n"}));
  const auto trained = run({"train", "prices.yaml", "--out", "run", "--json"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  const auto rmse = json_of(trained)["test"]["metrics"]["rmse"]["value"].get<double>();
  EXPECT_LT(rmse, 5000);  // the deviation of the target is about 35,000
  EXPECT_NE(trained.err.find("the loss is of 'price' less 1"), std::string::npos) << trained.err;
  write(folder_ / "new.csv", "x\n30\n");
  const auto lines = lines_of(run({"predict", "run", "new.csv"}).out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], "prediction");
  EXPECT_NEAR(std::stod(lines[1]), 160000, 10000);
}

}  // namespace
}  // namespace glia::cli
