// Stopped at any moment and resumed: the same bits as uninterrupted.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "glia/base/file.h"
#include "glia/report/style.h"
#include "glia/train/checkpoint.h"
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
  EXPECT_NE(outcome.err.find("seed: 9, was 1"), std::string::npos) << outcome.err;
}

TEST_F(Interrupt, TheLastLineHasTheValuesOfTheLastStep) {
  const auto outcome = stopped("stopped", SIGINT, 2);
  const auto saved = train::Checkpoints(folder_ / "stopped/checkpoints").newest();
  ASSERT_TRUE(saved);
  const auto state = nlohmann::json::parse(saved->state.at("trainer"));
  if (state.at("batch") == 0) GTEST_SKIP() << "it was stopped between two epochs";
  const double loss =
      state.at("running_loss").get<double>() / state.at("running_weight").get<double>();
  const auto at = outcome.err.rfind("\nepoch ");
  ASSERT_NE(at, std::string::npos) << outcome.err;
  const auto line = outcome.err.substr(at + 1, outcome.err.find('\n', at + 1) - at - 1);
  EXPECT_NE(line.find("loss " + report::compact_number(loss)), std::string::npos) << line;
}

TEST_F(Interrupt, ASecondTrainingInTheSameFolderIsRefused) {
  Command first(folder_.path(), arguments("shared"));
  ASSERT_TRUE(first.wait_until([&] { return fs::exists(folder_ / "shared/metrics.jsonl"); }));
  for (const char* how : {"--resume", "--overwrite"}) {
    const auto second = glia(folder_.path(), arguments("shared", how));
    EXPECT_EQ(second.code, 1) << how;
    EXPECT_NE(second.err.find("[E-RUN-03]"), std::string::npos) << second.err;
  }
  first.send(SIGKILL);  // the lock ends with its holder
  first.wait();
  EXPECT_EQ(glia(folder_.path(), arguments("shared", "--resume")).code, 0);
}

// Steps so long that the first signal cannot have ended the run when the second comes.
class TwoSignals : public testing::Test {
 protected:
  TwoSignals() {
    write(folder_ / "data.csv", rows({.count = 16000}));
    write(folder_ / "slow.yaml", experiment({.layers = "    - dense: {units: 256}\n"
                                                       "    - dense: {units: 256}\n"
                                                       "    - dense: {units: 256}\n"
                                                       "    - dense: {units: 1}\n",
                                             .loss = "{binary_crossentropy: {from_logits: true}}",
                                             .train_more = "  epochs: 100\n"}));
  }
  std::vector<std::string> arguments(const std::string& more) const {
    return {"train",     "slow.yaml", "--out", "run",
            "--threads", "1",         "--set", "train.batch_size=16000",
            more};
  }
  // Ended at once by what `send` sends: no clean end, and every checkpoint whole.
  void expect_at_once(const std::function<void(Command&)>& send) {
    Outcome outcome;
    for (int attempt = 0; attempt < 3; ++attempt) {  // a step may end just between two signals
      fs::remove_all(folder_ / "run");               // its log would speak for the next attempt
      Command command(folder_.path(), arguments("--json"));
      ASSERT_TRUE(command.wait_until([&] {
        const auto text = read(folder_ / "run/metrics.jsonl");
        return std::count(text.begin(), text.end(), '\n') >= 2;  // so there is a checkpoint
      })) << command.err();
      send(command);
      outcome = command.wait();
      EXPECT_EQ(outcome.code, 130) << outcome.err;
      if (outcome.err.find("interrupted; a checkpoint") == std::string::npos) break;
    }
    EXPECT_EQ(outcome.err.find("interrupted; a checkpoint"), std::string::npos) << outcome.err;
    int whole = 0;
    for (const auto& entry : fs::directory_iterator(folder_ / "run/checkpoints"))
      if (entry.path().extension() == ".safetensors") {
        train::Checkpoints::load(entry.path());
        ++whole;
      }
    EXPECT_GE(whole, 1);
    const auto again =
        glia(folder_.path(), {"train", "slow.yaml", "--out", "run", "--threads", "1", "--set",
                              "train.batch_size=16000", "--set", "train.epochs=3", "--resume"});
    EXPECT_EQ(again.code, 0) << again.err;
    EXPECT_NE(again.err.find("resumed at step"), std::string::npos) << again.err;
  }
  TempFolder folder_;
};

TEST_F(TwoSignals, CtrlCTwiceEndsAtOnce) {
  expect_at_once([](Command& command) {
    command.send(SIGINT);
    ::usleep(20000);  // two of one kind that wait at the same time are one
    command.send(SIGINT);
  });
}

// Both wait when the process goes on, so nothing of its own runs between them.
TEST_F(TwoSignals, OfTwoKindsAtTheSameMoment) {
  expect_at_once([](Command& command) {
    for (const int signal : {SIGSTOP, SIGINT, SIGTERM, SIGCONT}) command.send(signal);
  });
}

}  // namespace
}  // namespace glia::cli
