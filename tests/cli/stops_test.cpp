// Forty stops of a run in which everything that a resume must carry takes part: the weights of the
// run that was never stopped, to the bit.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <thread>

#include "glia/base/file.h"
#include "tests/cli/bars.h"
#include "tests/cli/process.h"
#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

constexpr const char* kExperiment = R"(name: everything
data:
  train: {images: train.idx, labels: train-labels.idx}
  test: {images: test.idx, labels: test-labels.idx}
  validation: 0.2
  labels: [row, column]
  augment: {flip: horizontal, rotate: 10, shift: 0.1, brightness: 0.2}
model:
  layers:
    - conv2d: {filters: 4, kernel_size: 3}
    - batch_norm: {}
    - relu: {}
    - max_pool2d: {pool_size: 2}
    - flatten: {}
    - dropout: 0.3
    - dense: {units: 2, activation: softmax}
train:
  loss: sparse_categorical_crossentropy
  optimizer: {adamw: {learning_rate: 1e-2}}
  schedule: {reduce_on_plateau: {factor: 0.5, patience: 1, warmup: 1}}
  accumulate: 3
  clip: {global_norm: 1}
  average: {exponential: {decay: 0.95}}
  groups:
    - {match: "conv2d*", from_epoch: 2, learning_rate_factor: 0.5}
  class_weight: {row: 1, column: 1.5}
  batch_size: 8
  epochs: 24
  validate: {epochs: 2, steps: 17}
  early_stopping: {monitor: val_loss, patience: 100}
  checkpoint: {every_steps: 7, keep: 3, keep_best: 2}
  metrics: [accuracy]
seed: 5
)";

class Stops : public testing::Test {
 protected:
  Stops() {
    write(folder_ / "train.idx", idx({300, 8, 8}, bars(300)));
    write(folder_ / "train-labels.idx", idx({300}, classes(300)));
    write(folder_ / "test.idx", idx({60, 8, 8}, bars(60, 300)));
    write(folder_ / "test-labels.idx", idx({60}, classes(60)));
    write(folder_ / "everything.yaml", kExperiment);
  }
  static std::vector<std::string> arguments(const std::string& out, int workers) {
    return {"train",     "everything.yaml",       "--out",   out, "--threads", "1",
            "--workers", std::to_string(workers), "--resume"};
  }
  std::string weights(const std::string& out) {
    return sha256_file(folder_ / out / "model" / "weights.safetensors");
  }
  TempFolder folder_;
};

TEST_F(Stops, FortyAnywhereGiveTheBitsOfNone) {
  using Clock = std::chrono::steady_clock;
  const auto begun = Clock::now();
  ASSERT_EQ(glia(folder_.path(), arguments("whole", 1)).code, 0);
  const auto whole = std::chrono::duration<double>(Clock::now() - begun).count();
  const auto expected = weights("whole");

  std::mt19937 random(20);  // moments are never the same twice anyway
  int stops = 0, within = 0;
  for (int run = 0; stops < 40; ++run) {
    const auto out = "run" + std::to_string(run);
    for (int part = 0;; ++part) {
      ASSERT_LT(part, 400) << "it never comes to its end";
      Command command(folder_.path(), arguments(out, static_cast<int>(random() % 4)));
      // From a start that takes no time to a third of the run: there the others go on.
      const double wait = whole * std::uniform_real_distribution<>(0.02, 0.3)(random);
      std::this_thread::sleep_for(std::chrono::duration<double>(wait));
      const bool kill = random() % 2 == 0;
      if (!command.ended()) command.send(kill ? SIGKILL : SIGINT);
      const Outcome outcome = command.wait();
      if (outcome.code == 0) break;
      ASSERT_TRUE(outcome.signal == SIGKILL || outcome.code == 130 || outcome.signal == SIGINT)
          << outcome.code << " " << outcome.err;
      ++stops;
      within += outcome.err.find("epoch ") != std::string::npos;
    }
    ASSERT_EQ(weights(out), expected) << out;
  }
  EXPECT_GT(within, 10) << "most stops were before the first step";
  RecordProperty("stops", stops);
}

}  // namespace
}  // namespace glia::cli
