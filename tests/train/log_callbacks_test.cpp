// Logs beside a training: what they say, through resumes, and that they change nothing.
#include <gtest/gtest.h>

#include "event_files.h"
#include "glia/base/file.h"
#include "glia/train/graphs.h"
#include "glia/train/logs/callbacks.h"
#include "tests/train/setting.h"

namespace glia::train {
namespace {

using nlohmann::json;
using testing::fit;
using testing::Setting;

FitOptions with_logs(const Setting& s, const std::filesystem::path& folder) {
  auto options = s.options;
  options.validate.steps = 3;
  options.checkpoint.folder = folder / "checkpoints";
  options.checkpoint.every_steps = 2;
  TensorBoardOptions o{.every_steps = 2};
  o.graph = [&s] {
    return loss_graph(s.model, objective(s.options), batch_types(s.train), true, 1);
  };
  options.callbacks = {tensorboard_log(folder / "tensorboard", std::move(o)),
                       csv_log(folder / "metrics.csv")};
  options.resume = true;
  return options;
}

TEST(TensorBoardCallback, EveryStepOnceThroughResumesAndNoBitChanges) {
  const auto python = peer_python("tensorboard");
  if (python.empty()) GTEST_SKIP() << kNoPeerPython;
  const Setting s;
  auto plain = s.options;
  plain.validate.steps = 3;
  const auto expected = fit(s, plain);
  const TempFolder whole, parts;
  const auto one = fit(s, with_logs(s, whole.path()));
  EXPECT_TRUE(testing::same_store(expected.store, one.store));
  // Each resume goes on from the checkpoint that a Ctrl-C writes; the last part from an older one,
  // as after a kill: what was logged after it is not shown twice.
  fit(s, with_logs(s, parts.path()), 7);
  fit(s, with_logs(s, parts.path()), 6);
  const auto files = testing::files_in(parts / "checkpoints");
  ASSERT_EQ(files.size(), 2u);
  std::filesystem::remove(files.back());
  const auto rest = fit(s, with_logs(s, parts.path()));
  EXPECT_TRUE(testing::same_store(expected.store, rest.store));

  const json all = read_events(whole / "tensorboard", python),
             pieced = read_events(parts / "tensorboard", python);
  EXPECT_EQ(all["scalars"], pieced["scalars"]);
  EXPECT_EQ(all["histograms"], pieced["histograms"]);
  EXPECT_EQ(all["graph"], pieced["graph"]);
  EXPECT_GT(all["graph"].size(), 10u);
  const auto records = expected.history.records();
  for (const auto& [name, value] : records.front().values) {
    const auto& shown = all["scalars"]["epoch/" + name];
    ASSERT_EQ(shown.size(), records.size()) << name;
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(shown[i][0], records[i].step);
      EXPECT_EQ(std::stod(shown[i][1].get<std::string>()),
                static_cast<float>(*records[i].find(name)));
    }
  }
  ASSERT_EQ(all["scalars"]["step/loss"].size(), 15u);  // of 30 steps every second
  EXPECT_EQ(all["scalars"]["step/loss"][0][0], 2);
  EXPECT_EQ(all["histograms"].size(), 6u);  // two dense layers and a batch_norm, two each
  EXPECT_EQ(all["histograms"]["weights/dense.weight"].size(), records.size());

  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto csv = read_file(parts / "metrics.csv");
  EXPECT_EQ(lines(csv), std::ssize(records) + 1);
  EXPECT_EQ(csv.substr(0, 24), "epoch,step,seconds,loss,");
}

TEST(LogCallbacks, WhatCannotBeWrittenIsSaidOnceAndTheTrainingGoesOn) {
  const Setting s;
  const TempFolder folder;
  write_atomically(folder / "file", "x");
  std::vector<std::string> said;
  const auto say = [&](std::string_view line) { said.emplace_back(line); };
  auto options = s.options;
  options.callbacks = {tensorboard_log(folder / "file", {.every_steps = 1, .message = say}),
                       csv_log(folder / "file" / "metrics.csv", say)};
  const auto outcome = fit(s, options);
  EXPECT_EQ(outcome.history.epochs.size(), 6u);
  EXPECT_TRUE(testing::same_store(outcome.store, fit(s).store));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_NE(said[0].find("[E-TRAIN-20]"), std::string::npos) << said[0];
  EXPECT_NE(said[1].find("[E-FILE-06]"), std::string::npos) << said[1];
}

}  // namespace
}  // namespace glia::train
