// A run's folder: what is gone on with, and by whom.
#include <gtest/gtest.h>

#include <map>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/lock.h"
#include "glia/runs/folder.h"
#include "tests/experiment/case.h"

namespace glia {
namespace {

namespace fs = std::filesystem;
using testing::Case;
using testing::table_of;
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
  EXPECT_FALSE(refused.says("train.metrics:")) << refused.message;
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
  EXPECT_TRUE(refused.code == "E-TRAIN-03" && refused.says("train.epochs: 8, was 6") &&
              refused.says("the schedule 'cosine' spans all epochs"))
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

TEST(Resume, ARefusalSaysNothingOfAResume) {
  const Started run;
  std::string said;
  train::Observer observer;
  observer.message = [&](std::string_view line) { said += line; };
  auto o = run.options();
  o.resume = true;
  const auto e = run.load({"name=other", "seed=7"});
  const auto prepared = experiment::prepare(e);
  EXPECT_EQ(thrown([&] { experiment::train(e, prepared, o, observer); }).code, "E-TRAIN-03");
  EXPECT_EQ(said.find("resumed"), said.npos) << said;
}

TEST(Resume, FromTheRunsOwnCopy) {
  const Started run;
  const auto e = experiment::load(run.folder / "run/experiment.yaml");
  EXPECT_TRUE(fs::equivalent(table_of(e).train, run.folder / "rows.csv"));
  auto o = run.options();
  o.resume = true;
  EXPECT_EQ(experiment::train(e, experiment::prepare(e), o).history.epochs.size(), 6u);
}

TEST(Resume, OfAStartFromWeightsTheContentCounts) {
  const Case c;
  const auto base = c.load();
  experiment::train(base, experiment::prepare(base), c.options("first"));
  fs::copy(c.folder / "first/model/weights.safetensors", c.folder / "w.safetensors");
  const auto e = c.load({"train.start_from=w.safetensors", "train.epochs=2"});
  experiment::train(e, experiment::prepare(e), c.options());
  const auto copy = experiment::load(c.folder / "run/experiment.yaml", {.set = {"train.epochs=3"}});
  EXPECT_TRUE(fs::equivalent(copy.start_from, c.folder / "w.safetensors"));
  auto o = c.options();
  o.resume = true;
  EXPECT_EQ(experiment::train(copy, experiment::prepare(copy), o).history.epochs.size(), 3u);
}

// The files below a folder with their digests; the lock apart.
std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename() != "lock")
      content[fs::relative(entry.path(), folder)] = sha256_file(entry.path());
  return content;
}

TEST(Folder, AReplacedRunComesBackWhereTheNewOneFails) {
  Case c;
  const auto e = c.load();
  const auto prepared = experiment::prepare(e);
  experiment::train(e, prepared, c.options());
  testing::write(c.folder / "run/notes.txt", "mine");
  const auto before = content_of(c.folder / "run");
  auto again = c.options();
  again.overwrite = true;
  const auto stopping = [&](int step) {  // by an error, as a full disk would
    train::Observer observer;
    observer.step = [step, steps = 0](const train::StepRecord&) mutable {
      if (++steps == step) throw Error("E-TEST-01", "stop");
    };
    EXPECT_EQ(thrown([&] { experiment::train(e, prepared, again, observer); }).code, "E-TEST-01");
  };
  stopping(1);
  EXPECT_EQ(content_of(c.folder / "run"), before);
  stopping(6);  // a batch after the first epoch, at whose end a checkpoint was written
  EXPECT_FALSE(fs::exists(c.folder / "run/model"));
  EXPECT_FALSE(fs::exists(c.folder / "run/.replaced"));
  EXPECT_EQ(fs::exists(c.folder / "run/notes.txt"), true);
}

// What the next start finds where the process was killed at any place.
TEST(Folder, AStartMendsWhatAKilledOneLeft) {
  Case c;
  const auto e = c.load();
  const auto prepared = experiment::prepare(e);
  experiment::train(e, prepared, c.options());
  const auto run = c.folder / "run";
  const auto before = content_of(run);
  const auto refused = [&] {
    EXPECT_EQ(thrown([&] { experiment::train(e, prepared, c.options()); }).code, "E-RUN-01");
  };
  fs::create_directory(run / ".replacing");  // half-way aside
  fs::rename(run / "checkpoints", run / ".replacing/checkpoints");
  refused();
  EXPECT_EQ(content_of(run), before);
  const auto set_aside = [&] {
    fs::create_directory(run / ".replaced");
    for (const char* part : runs::parts())
      if (fs::exists(run / part)) fs::rename(run / part, run / ".replaced" / part);
  };
  set_aside();  // before the new run's first checkpoint
  fs::create_directory(run / "checkpoints");
  testing::write(run / "experiment.yaml", "new");
  refused();
  EXPECT_EQ(content_of(run), before);
  set_aside();  // after it
  fs::create_directory(run / "checkpoints");
  testing::write(run / "experiment.yaml", "new");
  testing::write(run / "checkpoints/step-000000000001.safetensors", "new");
  refused();
  EXPECT_EQ(content_of(run).size(), 2u);
}

TEST(Folder, WhatAKilledProcessHalfWroteGoes) {
  const Started run;
  for (const char* name : {"run/.metrics.jsonl.1-0.glia-tmp",
                           "run/checkpoints/.step-000000000005.safetensors.1-1.glia-tmp"})
    testing::write(run.folder / name, "half");
  testing::write(run.folder / "run/checkpoints/notes.txt", "mine");
  EXPECT_EQ(run.resume({}).code, "nothing");
  for (const auto& [name, digest] : content_of(run.folder / "run"))
    EXPECT_FALSE(name.ends_with(".glia-tmp")) << name;
  EXPECT_TRUE(fs::exists(run.folder / "run/checkpoints/notes.txt"));
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
