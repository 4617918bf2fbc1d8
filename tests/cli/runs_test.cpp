// glia runs
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "../temp_folder.h"
#include "process.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class Runs : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string rows = "x,y\n", others = "x,y\n";
    for (int i = 0; i < 200; ++i) rows += std::to_string(i) + ".75," + std::to_string(3 * i) + ".5\n";
    for (int i = 0; i < 20; ++i) others += std::to_string(i) + ".5," + std::to_string(i) + ".25\n";
    write(folder_ / "rows.csv", rows);
    write(folder_ / "others.csv", others);
    write(folder_ / "line.yaml",
          "data: {train: rows.csv, test: others.csv, validation: 0.2, target: {column: y}}\n"
          "model: {layers: [{dense: {units: 4, activation: relu}}, {dense: {units: 1}}]}\n"
          "train: {loss: mean_squared_error, epochs: 2, batch_size: 16}\n");
  }
  Outcome run(std::vector<std::string> words) {
    return glia(folder_.path(), words, {{"GLIA_RUNS_INDEX", index()}});
  }
  json ask(std::vector<std::string> words) {
    words.emplace_back("--json");
    const auto outcome = run(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return json::parse(outcome.out, nullptr, false);
  }
  std::string index() const { return (folder_ / "state" / "runs.db").string(); }
  TempFolder folder_;
};

TEST_F(Runs, AreRememberedFromTheirBeginningToTheirEnd) {
  ASSERT_EQ(run({"train", "line.yaml", "--out", "a"}).code, 0);
  ASSERT_EQ(
      run({"train", "line.yaml", "--out", "b", "--set", "seed=2", "--set", "name=other"}).code, 0);
  const auto broken = run({"train", "line.yaml", "--out", "c", "--set",
                           "train.optimizer={sgd: {learning_rate: 1e30}}"});
  ASSERT_EQ(broken.code, 1) << broken.err;
  const auto all = ask({"runs"});
  ASSERT_EQ(all["count"], 3) << all;
  EXPECT_EQ(all["index"], index());
  const auto &c = all["runs"][0], &b = all["runs"][1], &a = all["runs"][2];
  EXPECT_EQ(a["name"], "line");
  EXPECT_EQ(a["folder"], (folder_ / "a").string());
  EXPECT_EQ(a["state"], "finished");
  EXPECT_EQ(a["end"], "all_epochs");
  EXPECT_EQ(a["command"], "glia train line.yaml --out a");
  const auto result = json::parse(read(folder_ / "a" / "result.json"));
  EXPECT_EQ(a["weights_sha256"], result["weights_sha256"]);
  EXPECT_EQ(a["data_sha256"], result["data_sha256"]);
  EXPECT_EQ(a["metrics"]["test.rmse"], result["test"]["metrics"]["rmse"]);
  EXPECT_EQ(a["metrics"]["test.loss"], result["test"]["loss"]);
  EXPECT_EQ(a["data_sha256"], b["data_sha256"]);
  EXPECT_NE(a["weights_sha256"], b["weights_sha256"]);
  EXPECT_EQ(c["state"], "failed");
  EXPECT_EQ(c["end"], "E-TRAIN-04");

  EXPECT_EQ(ask({"runs", "--name", "oth*"})["runs"][0]["id"], b["id"]);
  EXPECT_EQ(ask({"runs", "--state", "failed"})["runs"][0]["id"], c["id"]);
  EXPECT_EQ(ask({"runs", "--where", "epochs>=2", "--since", "1h"})["count"], 2);
  EXPECT_EQ(ask({"runs", "--since", "2100-01-01"})["count"], 0);
  const auto best = ask({"runs", "--sort", "test.loss", "--limit", "1"});
  EXPECT_EQ(best["runs"].size(), 1u);
  EXPECT_EQ(best["count"], 3);
  EXPECT_EQ(best["runs"][0]["id"],
            a["metrics"]["test.loss"] < b["metrics"]["test.loss"] ? a["id"] : b["id"]);
  EXPECT_EQ(ask({"runs", "show", "b"})["id"], b["id"]);
  EXPECT_EQ(ask({"runs", "show", "other"})["id"], b["id"]);
  const auto table = run({"runs"}).out;
  for (const char* word : {"other", "finished", "failed", "test.rmse"})
    EXPECT_NE(table.find(word), std::string::npos) << table;
  const auto unknown = run({"runs", "--where", "test.rmsee<1"});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_NE(unknown.err.find("did you mean 'test.rmse'?"), std::string::npos) << unknown.err;
  EXPECT_EQ(run({"runs", "show", "nothing"}).code, 1);
  EXPECT_EQ(run({"runs", "shwo"}).code, 2);
}

TEST_F(Runs, KilledResumedAndReplacedOnes) {
  {
    Command training(folder_.path(),
                     {"train", "line.yaml", "--out", "a", "--set", "train.epochs=100000"},
                     {{"GLIA_RUNS_INDEX", index()}});
    ASSERT_TRUE(training.wait_until([&] { return fs::exists(folder_ / "a" / "metrics.jsonl"); }));
    const auto now = ask({"runs"})["runs"][0];
    EXPECT_EQ(now["state"], "running");
    EXPECT_EQ(run({"runs", "remove", "1", "--files", "--yes"}).code, 1);
    training.send(SIGKILL);
    training.wait();
  }
  const auto killed = ask({"runs"})["runs"][0];
  EXPECT_EQ(killed["state"], "stopped");
  {
    Command training(
        folder_.path(),
        {"train", "line.yaml", "--out", "a", "--resume", "--set", "train.epochs=100000"},
        {{"GLIA_RUNS_INDEX", index()}});
    ASSERT_TRUE(
        training.wait_until([&] { return ask({"runs"})["runs"][0]["state"] == "running"; }));
    ASSERT_TRUE(
        training.wait_until([&] { return training.err().find("resumed") != std::string::npos; }));
    training.send(SIGINT);
    EXPECT_EQ(training.wait().code, 130);
  }
  const auto interrupted = ask({"runs"});
  ASSERT_EQ(interrupted["count"], 1);
  EXPECT_EQ(interrupted["runs"][0]["id"], killed["id"]);
  EXPECT_EQ(interrupted["runs"][0]["started"], killed["started"]);
  EXPECT_EQ(interrupted["runs"][0]["state"], "interrupted");
  ASSERT_EQ(run({"train", "line.yaml", "--out", "a", "--overwrite"}).code, 0);
  const auto replaced = ask({"runs"});
  ASSERT_EQ(replaced["count"], 1);
  EXPECT_NE(replaced["runs"][0]["id"], killed["id"]);
}

TEST_F(Runs, AreForgottenAndRemoved) {
  ASSERT_EQ(run({"train", "line.yaml", "--out", "a"}).code, 0);
  ASSERT_EQ(run({"train", "line.yaml", "--out", "b"}).code, 0);
  ASSERT_EQ(run({"runs", "remove", "a"}).code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "a" / "result.json"));
  EXPECT_EQ(ask({"runs"})["count"], 1);
  const auto asked = run({"runs", "remove", "b", "--files"});
  EXPECT_EQ(asked.code, 2);
  EXPECT_NE(asked.err.find("--yes"), std::string::npos) << asked.err;
  EXPECT_TRUE(fs::exists(folder_ / "b" / "result.json"));
  ASSERT_EQ(run({"runs", "remove", "b", "--files", "--yes"}).code, 0);
  EXPECT_FALSE(fs::exists(folder_ / "b"));
  EXPECT_EQ(ask({"runs"})["count"], 0);
  EXPECT_EQ(ask({"runs", "scan", "."})["added"], 1);
  EXPECT_EQ(ask({"runs", "scan", "."})["added"], 0);
  EXPECT_EQ(ask({"runs"})["runs"][0]["folder"], (folder_ / "a").string());
}

TEST_F(Runs, ADamagedIndexFailsNoTrainingAndIsMadeAnew) {
  ASSERT_EQ(run({"train", "line.yaml", "--out", "a"}).code, 0);
  const auto before = ask({"runs"})["runs"][0];
  for (const char* part : {"-wal", "-shm"}) fs::remove(index() + part);
  write(index(), std::string(4096, 'x'));
  const auto trained = run({"train", "line.yaml", "--out", "b"});
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_NE(trained.err.find("[E-RUN-11]"), std::string::npos) << trained.err;
  EXPECT_EQ(trained.err.find("[E-RUN-11]"), trained.err.rfind("[E-RUN-11]")) << "said once";
  EXPECT_EQ(run({"runs"}).code, 1);
  const auto scanned = ask({"runs", "scan", "."});
  EXPECT_EQ(scanned["added"], 2);
  EXPECT_TRUE(fs::exists(index() + ".damaged"));
  const auto found = ask({"runs", "show", "a"});
  for (const char* key : {"name", "state", "end", "epochs", "seconds", "metrics", "command",
                          "experiment_sha256", "data_sha256", "weights_sha256"})
    EXPECT_EQ(found[key], before[key]) << key;
  EXPECT_NEAR(found["started"].get<double>(), before["started"].get<double>(), 5);
  // One that cannot be there at all.
  const auto nowhere =
      glia(folder_.path(), {"train", "line.yaml", "--out", "c", "--index", "rows.csv/x"});
  EXPECT_EQ(nowhere.code, 0) << nowhere.err;
  EXPECT_NE(nowhere.err.find("[E-RUN-10]"), std::string::npos) << nowhere.err;
}

TEST_F(Runs, TheIndexIsTheUsersOwn) {
  const std::map<std::string, std::string> home{
      {"GLIA_RUNS_INDEX", ""}, {"HOME", (folder_ / "home").string()}, {"XDG_STATE_HOME", ""}};
  ASSERT_EQ(glia(folder_.path(), {"train", "line.yaml", "--out", "a"}, home).code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "home" / ".local" / "state" / "glia" / "runs.db"));
  auto xdg = home;
  xdg["XDG_STATE_HOME"] = (folder_ / "xdg").string();
  ASSERT_EQ(glia(folder_.path(), {"train", "line.yaml", "--out", "b"}, xdg).code, 0);
  EXPECT_TRUE(fs::exists(folder_ / "xdg" / "glia" / "runs.db"));
  const auto none = glia(folder_.path(), {"runs", "--index", "none"}, home);
  EXPECT_EQ(none.code, 1);
  EXPECT_NE(none.err.find("[E-RUN-19]"), std::string::npos) << none.err;
}

}  // namespace
}  // namespace glia::cli
