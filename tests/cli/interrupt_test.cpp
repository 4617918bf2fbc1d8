// Stopped at any moment and resumed: the same bits as uninterrupted.
#include <gtest/gtest.h>
#include <signal.h>

#include <set>
#include <sstream>

#include "glia/base/file.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

class Interrupt : public testing::Test {
 protected:
  Interrupt() {
    write(folder_ / "data.csv", rows({.count = 2000}));
    write(folder_ / "small.yaml",
          experiment({.layers = "    - dense: {units: 32, activation: relu}\n"
                                "    - dropout: {rate: 0.2}\n"
                                "    - dense: {units: 1, activation: sigmoid}\n",
                      .train_more = "  epochs: 120\n  checkpoint: {every_steps: 60}\n"
                                    "  early_stopping: {monitor: val_loss, patience: 120}\n"}));
  }
  std::vector<std::string> arguments(const std::string& out, const std::string& more = "") {
    std::vector<std::string> list{"train", "small.yaml", "--out", out, "--threads", "1"};
    if (!more.empty()) list.push_back(more);
    return list;
  }
  std::string uninterrupted() {
    const auto outcome = glia(folder_.path(), arguments("whole"));
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return weights("whole");
  }
  std::string weights(const std::string& name) {
    return sha256_file(folder_ / name / "model" / "weights.safetensors");
  }
  // Starts a run, and sends the signal once its log has reached that epoch.
  Outcome stopped(const std::string& out, int signal, int epoch) {
    Command command(folder_.path(), arguments(out));
    const auto log = folder_ / out / "metrics.jsonl";
    const bool running = command.wait_until([&] {
      const auto text = read(log);
      return std::count(text.begin(), text.end(), '\n') >= epoch;
    });
    EXPECT_TRUE(running) << "it ended before it could be stopped: " << command.err();
    command.send(signal);
    return command.wait();
  }
  void expect_every_epoch_once(const std::string& out) {
    std::istringstream lines(read(folder_ / out / "metrics.jsonl"));
    std::set<std::string> epochs;
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count)
      epochs.insert(line.substr(line.find("\"epoch\":"), line.find(',') - line.find("\"epoch\":")));
    EXPECT_EQ(count, 120);
    EXPECT_EQ(epochs.size(), 120u);
  }
  TempFolder folder_;
};

TEST_F(Interrupt, CtrlCEndsCleanlyAndResumesToTheSameBits) {
  const auto expected = uninterrupted();
  const auto outcome = stopped("stopped", SIGINT, 3);
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_NE(outcome.err.find("glia train small.yaml --out stopped --threads 1 --resume"),
            std::string::npos)
      << outcome.err;
  EXPECT_FALSE(fs::exists(folder_ / "stopped/model"));
  const auto again = glia(folder_.path(), arguments("stopped", "--resume"));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(weights("stopped"), expected);
  expect_every_epoch_once("stopped");
}

TEST_F(Interrupt, KilledAndResumedToTheSameBits) {
  const auto expected = uninterrupted();
  for (const int epoch : {1, 20, 50}) {
    const auto out = "killed" + std::to_string(epoch);
    const auto outcome = stopped(out, SIGKILL, epoch);
    EXPECT_EQ(outcome.signal, SIGKILL);
    const auto again = glia(folder_.path(), arguments(out, "--resume"));
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_EQ(weights(out), expected) << epoch;
    expect_every_epoch_once(out);
  }
}

TEST_F(Interrupt, TerminationIsLikeCtrlC) {
  EXPECT_EQ(stopped("stopped", SIGTERM, 2).code, 130);
  EXPECT_TRUE(fs::exists(folder_ / "stopped/checkpoints"));
}

TEST_F(Interrupt, AResumeOfAnotherExperimentIsRefused) {
  EXPECT_EQ(stopped("stopped", SIGINT, 2).code, 130);
  auto words = arguments("stopped", "--resume");
  words.insert(words.end(), {"--set", "seed=9"});
  const auto outcome = glia(folder_.path(), words);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_NE(outcome.err.find("[E-TRAIN-03]"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace glia::cli
