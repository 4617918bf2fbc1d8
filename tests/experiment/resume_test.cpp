// A run's folder: what is gone on with, and by whom.
#include <gtest/gtest.h>

#include "glia/base/file.h"
#include "glia/base/lock.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using testing::Case;
using testing::thrown;

// A run that was stopped after five steps.
struct Started : Case {
  std::vector<std::string> base;
  explicit Started(std::vector<std::string> set = {}) : base(std::move(set)) {
    std::atomic<bool> stop{false};
    int steps = 0;
    train::Observer observer;
    observer.stop = &stop;
    observer.step = [&](const train::StepRecord&) { stop = ++steps == 5; };
    const auto e = load(base);
    experiment::train(e, experiment::prepare(e), options(), observer);
  }
  // Gone on with under these settings: what was said, or the error.
  testing::Thrown resume(const std::vector<std::string>& set) const {
    auto all = base;
    all.insert(all.end(), set.begin(), set.end());
    testing::Thrown outcome;
    train::Observer observer;
    observer.message = [&](std::string_view line) { outcome.message += std::string(line) + "\n"; };
    auto o = options();
    o.resume = true;
    const auto error = thrown([&] {
      const auto e = load(all);
      experiment::train(e, experiment::prepare(e), o, observer);
    });
    if (error.code == "nothing") return outcome;
    return error;
  }
};

TEST(Resume, NamesEverySettingThatDiffers) {
  const Started run;
  const auto refused = run.resume({"train.batch_size=64", "train.optimizer.adam.learning_rate=0.5",
                                   "model.layers.0.dense.units=7", "train.metrics=[f1]",
                                   "train.early_stopping.min_delta=1", "data.split.seed=2"});
  EXPECT_EQ(refused.code, "E-TRAIN-03");
  for (const char* line :
       {"\n  train.batch_size: 64, was 32\n",
        "\n  train.optimizer.adam.learning_rate: 0.5, was 0.02\n",
        "\n  model.layers[0].dense.units: 7, was 6\n",
        "\n  train.early_stopping.min_delta: 1, was 0\n", "\n  data.split.seed: 2, was 1\n"})
    EXPECT_TRUE(refused.says(line)) << line << refused.message;
  EXPECT_FALSE(refused.says("train.metrics")) << refused.message;
}

TEST(Resume, HarmlessSettingsMayChange) {
  for (const std::string set :
       {"name=other", "train.metrics=[accuracy, f1]", "train.epochs=8", "train.allow=[D-24]",
        "train.checkpoint={every_steps: 2, keep: 5}", "train.early_stopping.patience=4"}) {
    const Started run;
    const auto outcome = run.resume({set});
    EXPECT_EQ(outcome.code, "nothing") << outcome.message;
    EXPECT_TRUE(outcome.says("resumed with another ")) << set << ": " << outcome.message;
  }
  // Under a schedule over the whole run its length is part of every step.
  const Started cosine({"train.schedule=cosine"});
  const auto refused = cosine.resume({"train.epochs=8"});
  EXPECT_TRUE(refused.code == "E-TRAIN-03" && refused.says("train.epochs: 8, was 6"))
      << refused.message;
}

TEST(Resume, DataMayMoveButNotChange) {
  const Started run;
  fs::copy_file(run.folder / "rows.csv", run.folder / "moved.csv");
  EXPECT_EQ(run.resume({"data.train=moved.csv"}).code, "nothing");
  const Started other;
  testing::write(other.folder / "rows.csv", testing::table(150, 2));
  const auto refused = other.resume({});
  EXPECT_TRUE(refused.code == "E-TRAIN-03" && refused.says("data (SHA-256 of the content): "))
      << refused.message;
}

TEST(Resume, NothingWholeReplacesNothing) {
  const Started run;
  EXPECT_EQ(run.resume({}).code, "nothing");  // to the end: there is a model now
  const auto weights = run.folder / "run/model/weights.safetensors";
  const auto before = sha256_file(weights);
  for (const auto& file : testing::files_in(run.folder / "run/checkpoints"))
    testing::damage(file, 9);
  const auto refused = run.resume({});
  EXPECT_EQ(refused.code, "E-CHECK-02");
  for (const auto& file : testing::files_in(run.folder / "run/checkpoints"))
    EXPECT_TRUE(refused.says(file.filename().string())) << refused.message;
  fs::remove_all(run.folder / "run/checkpoints");
  EXPECT_EQ(run.resume({}).code, "E-RUN-04");
  EXPECT_EQ(sha256_file(weights), before);
}

TEST(Folder, OneTrainingAtATime) {
  const Started run;
  const auto e = run.load();
  const auto prepared = experiment::prepare(e);
  auto again = run.options();
  {
    const auto other = FileLock::try_lock(run.folder / "run/lock");
    ASSERT_TRUE(other);
    const auto before = testing::files_in(run.folder / "run");
    for (const bool resume : {true, false}) {
      again.resume = resume, again.overwrite = !resume;
      const auto refused = thrown([&] { experiment::train(e, prepared, again); });
      EXPECT_EQ(refused.code, "E-RUN-03");
      EXPECT_TRUE(refused.says("(" + FileLock::holder(run.folder / "run/lock") + ")"))
          << refused.message;
    }
    EXPECT_EQ(testing::files_in(run.folder / "run"), before);
  }
  // From inside a training, as a second process would.
  train::Observer observer;
  std::string code;
  observer.epoch = [&](const train::EpochRecord&) {
    if (code.empty()) code = thrown([&] { experiment::train(e, prepared, again); }).code;
  };
  experiment::train(e, prepared, again, observer);
  EXPECT_EQ(code, "E-RUN-03");
  experiment::train(e, prepared, again);  // free again
}

}  // namespace
}  // namespace glia
