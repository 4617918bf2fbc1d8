// The same bits: twice, with any number of loader workers, and through any interruption.
#include <gtest/gtest.h>

#include "tests/train/setting.h"

namespace glia {
namespace {

using testing::damage;
using testing::files_in;
using testing::fit;
using testing::Outcome;
using testing::same_history;
using testing::same_store;
using testing::Setting;
using testing::thrown;

TEST(Exact, TwiceAndWithAnyNumberOfWorkers) {
  const Setting s;
  const Outcome first = fit(s);
  ASSERT_EQ(first.history.epochs.size(), 6u);
  for (const int workers : {0, 1, 2}) {
    auto options = s.options;
    options.loader_workers = workers;
    const Outcome again = fit(s, options);
    EXPECT_TRUE(same_store(first.store, again.store)) << workers;
    EXPECT_TRUE(same_history(first.history, again.history)) << workers;
  }
  auto options = s.options;
  options.seed = 10;
  EXPECT_FALSE(same_store(first.store, fit(s, options).store));  // so the comparison can fail
}

// Stopped at every single step, that is also at each epoch's last one, and resumed.
TEST(Exact, StoppedAnywhereAndResumed) {
  Setting s;
  const Outcome whole = fit(s);
  for (std::int64_t stop = 1; stop <= 30; ++stop) {
    TempFolder folder;
    auto options = s.options;
    options.checkpoint.folder = folder / "checkpoints";
    const Outcome part = fit(s, options, stop);
    ASSERT_EQ(part.history.end, train::End::interrupted);
    options.resume = true;
    options.loader_workers = static_cast<int>(stop % 3);
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(rest.says("resumed at step " + std::to_string(stop)));
    EXPECT_TRUE(same_store(whole.store, rest.store)) << stop;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << stop;
  }
}

// Interrupted again and again.
TEST(Exact, InManyPieces) {
  Setting s;
  const Outcome whole = fit(s);
  TempFolder folder;
  auto options = s.options;
  options.checkpoint.folder = folder / "checkpoints";
  options.resume = true;
  Outcome last;
  for (int i = 0; i < 5; ++i) last = fit(s, options, 7);
  EXPECT_EQ(last.history.end, train::End::all_epochs);
  EXPECT_TRUE(same_store(whole.store, last.store));
  EXPECT_TRUE(same_history(whole.history, last.history));
}

// As a kill leaves it: a checkpoint of some steps ago, and nothing of what followed.
TEST(Exact, AbandonedBetweenCheckpoints) {
  Setting s;
  const Outcome whole = fit(s);
  for (const std::int64_t death : {4, 8, 13, 19}) {
    TempFolder folder;
    auto options = s.options;
    options.checkpoint.folder = folder / "checkpoints";
    options.checkpoint.every_steps = 3;
    struct Killed {};
    Store store;
    train::Observer observer;
    observer.step = [&](const train::StepRecord& record) {
      if (record.step == death) throw Killed();
    };
    EXPECT_THROW(train::fit(s.model, s.train, &s.validation, store, options, observer), Killed);
    options.resume = true;
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(rest.says("resumed at step ")) << death;
    EXPECT_TRUE(same_store(whole.store, rest.store)) << death;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << death;
  }
}

// Early stopping remembers what it saw: it stops at the same epoch and restores the same weights.
TEST(Exact, EarlyStoppingRemembers) {
  Setting s;
  s.options.epochs = 40;
  s.options.schedule = optim::constant();
  s.options.optimizer = optim::adam({.learning_rate = 0.03});
  s.options.early_stopping->patience = 2;
  const Outcome whole = fit(s);
  ASSERT_EQ(whole.history.end, train::End::early_stopping);
  const auto epochs = static_cast<std::int64_t>(whole.history.epochs.size());
  ASSERT_GT(epochs, 3);
  for (const std::int64_t stop : {epochs * 5 - 12, epochs * 5 - 6, epochs * 5 - 1, epochs * 5}) {
    TempFolder folder;
    auto options = s.options;
    options.checkpoint.folder = folder / "checkpoints";
    fit(s, options, stop);
    options.resume = true;
    const Outcome rest = fit(s, options);
    EXPECT_TRUE(same_store(whole.store, rest.store)) << stop;
    EXPECT_TRUE(same_history(whole.history, rest.history)) << stop;
    const Outcome over = fit(s, options);  // resumed after the end: nothing changes
    EXPECT_TRUE(same_store(whole.store, over.store)) << stop;
    EXPECT_TRUE(same_history(whole.history, over.history)) << stop;
  }
}

TEST(Exact, ResumedAfterTheEnd) {
  Setting s;
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  const Outcome whole = fit(s);
  s.options.resume = true;
  const Outcome again = fit(s);
  EXPECT_TRUE(same_store(whole.store, again.store));
  EXPECT_TRUE(same_history(whole.history, again.history));
}

// More epochs of a constant rate go on where the shorter run ended.
TEST(Exact, MoreEpochsAreTheSameCourse) {
  Setting s;
  s.options.schedule = optim::constant();
  s.options.early_stopping.reset();
  const Outcome whole = fit(s);
  TempFolder folder;
  s.options.checkpoint.folder = folder / "checkpoints";
  s.options.epochs = 2;
  fit(s);
  s.options.epochs = 6;
  s.options.resume = true;
  EXPECT_TRUE(same_store(whole.store, fit(s).store));
}

// A damaged newest checkpoint is passed over with a word, and costs steps but no bit.
TEST(Checkpoint, DamagedNewestIsPassedOver) {
  Setting s;
  const Outcome whole = fit(s);
  TempFolder folder;
  auto options = s.options;
  options.checkpoint.folder = folder / "checkpoints";
  options.checkpoint.every_steps = 2;
  fit(s, options, 9);
  auto files = files_in(options.checkpoint.folder);
  ASSERT_EQ(files.size(), 2u);  // as many as are kept
  damage(files.back(), 1);
  options.resume = true;
  const Outcome rest = fit(s, options);
  EXPECT_TRUE(rest.says(files.back().filename().string()));
  EXPECT_TRUE(rest.says("E-CHECK-01"));
  EXPECT_TRUE(rest.says("resumed at step 8"));
  EXPECT_TRUE(same_store(whole.store, rest.store));
}

// Every byte counts: a flipped bit anywhere is found, a file cut short as well.
TEST(Checkpoint, AnyDamageIsFound) {
  Setting s;
  TempFolder folder;
  auto options = s.options;
  options.checkpoint.folder = folder / "checkpoints";
  fit(s, options, 3);
  const auto file = files_in(options.checkpoint.folder).back();
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(file));
  train::Checkpoints::load(file);
  Random random(4, "damage");
  for (int i = 0; i < 60; ++i) {
    const auto at = 1 + static_cast<std::streamoff>(random.below(static_cast<std::uint64_t>(size)));
    damage(file, at);
    EXPECT_THROW(train::Checkpoints::load(file), Error) << at << " from the end";
    damage(file, at);
  }
  train::Checkpoints::load(file);
  std::filesystem::resize_file(file, static_cast<std::uintmax_t>(size / 2));
  EXPECT_THROW(train::Checkpoints::load(file), Error);
  options.resume = true;  // a start from nothing would replace what is there
  const auto refused = thrown([&] { fit(s, options); });
  EXPECT_EQ(refused.code, "E-CHECK-02");
  EXPECT_TRUE(refused.says(file.filename().string())) << refused.message;
  std::filesystem::remove(file);
  const Outcome anew = fit(s, options);
  EXPECT_TRUE(anew.says("starting anew"));
  EXPECT_TRUE(same_store(fit(s).store, anew.store));
}

}  // namespace
}  // namespace glia
