// Folders of runs, and the index that remembers them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "../temp_folder.h"
#include "../thrown.h"
#include "glia/base/file.h"
#include "glia/base/lock.h"
#include "glia/base/random.h"
#include "glia/runs/folder.h"
#include "glia/runs/index.h"
#include "glia/runs/query.h"

namespace glia::runs {
namespace {

namespace fs = std::filesystem;
using testing::thrown;

constexpr const char* kRecords =
    "{\"epoch\":1,\"step\":10,\"seconds\":2.0,\"loss\":0.5,\"val_loss\":0.75}\n"
    "{\"epoch\":2,\"step\":20,\"seconds\":3.0,\"loss\":0.25,\"val_loss\":null,\"val_f1\":0.5}\n";
constexpr const char* kResult = R"({"name": "adult", "end": "early_stopping", "epochs": 2,
  "seconds": 5.5, "data_sha256": "d", "weights_sha256": "w",
  "validation": {"rows": 3, "loss": 0.75, "metrics": {"f1": 0.5}},
  "test": {"rows": 4, "loss": 0.5, "metrics": {"accuracy": 0.875, "roc_auc": "one class only"}}})";

void make_run(const fs::path& folder, bool finished) {
  fs::create_directories(folder / "checkpoints");
  write_atomically(folder / "experiment.yaml",
                   "name: adult\ntrain: {batch_size: 8, metrics: [f1, accuracy]}\n"
                   "model:\n  layers:\n    - dense: {units: 4}\n    - flatten: {}\n");
  write_atomically(folder / "metrics.jsonl", kRecords);
  write_atomically(folder / "command.json",
                   R"({"arguments": ["train", "adult.yaml"], "started": 1700000000.5})");
  if (finished) write_atomically(folder / "result.json", kResult);
}

TEST(RunFolder, SaysWhatItsFilesSay) {
  const TempFolder folder;
  make_run(folder / "done", true);
  const runs::Run run = read_run(folder / "done");
  EXPECT_EQ(run.name, "adult");
  EXPECT_EQ(run.state, State::finished);
  EXPECT_EQ(run.end, "early_stopping");
  EXPECT_EQ(run.epochs, 2);
  EXPECT_EQ(run.seconds, 5.5);
  EXPECT_EQ(run.started, 1700000000.5);
  EXPECT_EQ(run.command, "glia train adult.yaml");
  EXPECT_EQ(run.data_sha256 + run.weights_sha256, "dw");
  EXPECT_EQ(run.experiment_sha256, sha256_file(folder / "done" / "experiment.yaml"));
  const Metrics expected{{"loss", 0.25},         {"val_f1", 0.5},    {"validation.loss", 0.75},
                         {"validation.f1", 0.5}, {"test.loss", 0.5}, {"test.accuracy", 0.875}};
  std::set<std::pair<std::string, double>> found(run.metrics.begin(), run.metrics.end());
  EXPECT_EQ(found, (std::set<std::pair<std::string, double>>(expected.begin(), expected.end())));

  make_run(folder / "half", false);
  EXPECT_EQ(read_run(folder / "half").state, State::stopped);
  const auto lock = FileLock::try_lock(folder / "half" / "lock");
  EXPECT_EQ(read_run(folder / "half/").state, State::running);
  EXPECT_EQ(read_run(folder / "half/").folder, folder / "half");
  const auto settings = read_settings(folder / "half");
  const std::set<std::pair<std::string, std::string>> all(settings.begin(), settings.end());
  EXPECT_TRUE(all.contains({"train.batch_size", "8"}));
  EXPECT_TRUE(all.contains({"train.metrics", "[f1, accuracy]"}));
  EXPECT_TRUE(all.contains({"model.layers.0.dense.units", "4"}));
}

TEST(RunFolder, WhatIsDamagedIsNamedAndTheRestIsUsed) {
  const TempFolder folder;
  make_run(folder.path(), true);
  write_atomically(folder / "metrics.jsonl",
                   std::string(kRecords) + "{\"epoch\": 3, \"st\n" + std::string(3000, '[') + "\n");
  write_atomically(folder / "result.json", "\x00\xff{");
  write_atomically(folder / "command.json", std::string(100'000, '['));
  std::vector<std::string> said;
  const runs::Run run =
      read_run(folder.path(), [&](std::string_view line) { said.emplace_back(line); });
  EXPECT_EQ(run.name, "adult");
  EXPECT_EQ(run.epochs, 2);
  EXPECT_EQ(run.find("loss"), 0.25);
  ASSERT_EQ(said.size(), 3u);
  EXPECT_NE(said[0].find("result.json: damaged"), std::string::npos) << said[0];
  EXPECT_NE(said[1].find("command.json: damaged"), std::string::npos) << said[1];
  EXPECT_NE(said[2].find("2 of 4 lines are damaged"), std::string::npos) << said[2];
  write_atomically(folder / "experiment.yaml", std::string(5000, '['));
  EXPECT_TRUE(read_settings(folder.path()).empty());
}

// Bytes are changed, left out and doubled: everything is read, or named, and nothing else happens.
TEST(RunFolder, ThousandsOfDamagedFiles) {
  const TempFolder folder;
  make_run(folder.path(), true);
  Random random(3, "damage");
  for (const char* name : {"experiment.yaml", "metrics.jsonl", "result.json", "command.json"}) {
    const auto good = read_file(folder / name);
    for (int i = 0; i < 800; ++i) {
      auto bad = good;
      for (auto changes = random.below(4) + 1; changes > 0 && !bad.empty(); --changes) {
        const auto at = random.below(bad.size());
        switch (random.below(4)) {
          case 0:
            bad[at] = static_cast<char>(random.below(256));
            break;
          case 1:
            bad.resize(at);
            break;
          case 2:
            bad.insert(at, bad.substr(random.below(bad.size())));
            break;
          default:
            bad.insert(at, std::string(random.below(300), "[{&*\"-:"[random.below(7)]));
        }
      }
      std::ofstream(folder / name, std::ios::binary) << bad;
      const runs::Run run = read_run(folder.path());
      EXPECT_FALSE(run.name.empty());
      EXPECT_LE(read_settings(folder.path()).size(), 5000u);
    }
    write_atomically(folder / name, good);
  }
  EXPECT_EQ(read_run(folder.path()).name, "adult");
}

TEST(RunFolder, RunsAreFoundAndRemovedWithoutWhatIsNotTheirs) {
  const TempFolder folder;
  make_run(folder / "a" / "b", true);
  make_run(folder / "c", false);
  make_run(folder / ".hidden", true);
  fs::create_directory_symlink(folder / "a", folder / "link");
  fs::create_directories(folder / "no" / "run");
  write_atomically(folder / "no" / "experiment.yaml", "name: mine\n");
  EXPECT_EQ(find_runs(folder.path()), (std::vector<fs::path>{folder / "a" / "b", folder / "c"}));
  EXPECT_EQ(thrown([&] { find_runs(folder / "nowhere"); }).code, "E-RUN-14");

  EXPECT_EQ(thrown([&] { remove_run(folder / "no"); }).code, "E-RUN-17");
  EXPECT_TRUE(fs::exists(folder / "no" / "experiment.yaml"));
  {
    const auto lock = FileLock::try_lock(folder / "c" / "lock");
    const auto problem = thrown([&] { remove_run(folder / "c"); });
    EXPECT_EQ(problem.code, "E-RUN-16");
    EXPECT_TRUE(problem.says(std::to_string(::getpid()))) << problem.message;
    EXPECT_TRUE(fs::exists(folder / "c" / "experiment.yaml"));
  }
  EXPECT_TRUE(remove_run(folder / "c").empty());
  EXPECT_FALSE(fs::exists(folder / "c"));
  write_atomically(folder / "a" / "b" / "notes.txt", "mine");
  EXPECT_EQ(remove_run(folder / "a" / "b"), std::vector<std::string>{"notes.txt"});
  EXPECT_EQ(read_file(folder / "a" / "b" / "notes.txt"), "mine");
}

Run some_run(const std::string& name, double accuracy) {
  runs::Run run;
  run.name = name;
  run.folder = "/runs/" + name;
  run.state = State::finished;
  run.started = 1000 + 100 * accuracy;
  run.epochs = 3;
  run.metrics = {{"val_loss", 1 - accuracy}, {"test.accuracy", accuracy}};
  return run;
}

TEST(Index, RemembersWhatItWasTold) {
  const TempFolder folder;
  const auto file = folder / "state" / "glia" / "runs.db";
  runs::Run run = some_run("a'; DROP TABLE runs; --\n\x01", 0.5);
  run.end = "early_stopping", run.ended = 5, run.seconds = 1.25, run.command = "glia train x";
  run.host = "here", run.process = 77;
  run.experiment_sha256 = "e", run.data_sha256 = "d", run.weights_sha256 = "w";
  {
    const auto index = open_index(file);
    EXPECT_TRUE(index->runs().empty());
    EXPECT_EQ(index->put(run), 1);
    EXPECT_EQ(index->put(some_run("b", 0.75)), 2);
  }
  const auto index = open_index(file);
  auto all = index->runs();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, run.name);
  EXPECT_EQ(all[0].folder, run.folder);
  EXPECT_EQ(all[0].end + all[0].command + all[0].host, "early_stoppingglia train xhere");
  EXPECT_EQ(all[0].experiment_sha256 + all[0].data_sha256 + all[0].weights_sha256, "edw");
  EXPECT_EQ(all[0].process, 77);
  EXPECT_EQ(all[0].metrics, run.metrics);
  EXPECT_EQ(all[1].find("test.accuracy"), 0.75);
  // The same run again, then another in its folder.
  all[1].epochs = 9, all[1].metrics = {{"loss", 1}};
  EXPECT_EQ(index->put(all[1]), 2);
  EXPECT_EQ(index->find("/runs/b")->epochs, 9);
  EXPECT_EQ(index->find("/runs/b")->metrics, (Metrics{{"loss", 1}}));
  EXPECT_EQ(index->put(some_run("b", 0.25)), 3);
  EXPECT_EQ(index->runs().size(), 2u);
  EXPECT_EQ(index->find("/runs/b")->id, 3);
  EXPECT_FALSE(index->find("/runs/c"));
  EXPECT_TRUE(index->remove(3));
  EXPECT_FALSE(index->remove(3));
  EXPECT_EQ(index->runs().size(), 1u);
}

TEST(Index, SeveralProcessesWriteItAtOnce) {
  const TempFolder folder;
  const auto file = folder / "runs.db";
  constexpr int kProcesses = 8, kRuns = 25;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    children.push_back(::fork());
    if (children.back() != 0) continue;
    try {
      for (int i = 0; i < kRuns; ++i)
        open_index(file)->put(some_run(std::to_string(p) + "-" + std::to_string(i), 0.01 * i));
      ::_exit(0);
    } catch (const std::exception& error) {
      std::ofstream(folder / ("problem" + std::to_string(p))) << error.what();
      ::_exit(1);
    }
  }
  for (int p = 0; p < kProcesses; ++p) {
    int status = 0;
    ::waitpid(children[static_cast<std::size_t>(p)], &status, 0);
    const auto problem = folder / ("problem" + std::to_string(p));
    EXPECT_EQ(status, 0) << (fs::exists(problem) ? read_file(problem) : "");
  }
  std::set<std::string> names;
  for (const auto& run : open_index(file)->runs()) {
    names.insert(run.name);
    EXPECT_EQ(run.metrics.size(), 2u);
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kProcesses * kRuns));
}

TEST(Index, WhatIsDamagedOrOfOthersIsSaid) {
  const TempFolder folder;
  const auto file = folder / "runs.db";
  write_atomically(file, std::string(8192, 'x'));
  const auto problem = thrown([&] { open_index(file); });
  EXPECT_EQ(problem.code, "E-RUN-11");
  EXPECT_TRUE(problem.says(file.string()) && problem.says("glia runs scan")) << problem.message;
  EXPECT_EQ(set_aside(file), folder / "runs.db.damaged");
  EXPECT_TRUE(open_index(file)->runs().empty());

  // Every place of a good one is spoiled in turn: an answer or an error, never anything else.
  for (int i = 0; i < 40; ++i) open_index(file)->put(some_run("run" + std::to_string(i), 0.5));
  fs::remove(folder / "runs.db-wal"), fs::remove(folder / "runs.db-shm");
  const auto good = read_file(file);
  int refused = 0;
  for (std::size_t at = 0; at < good.size(); at += 97) {
    auto bad = good;
    for (std::size_t i = at; i < std::min(good.size(), at + 60); ++i) bad[i] = '\xa5';
    const auto spoiled = folder / "spoiled.db";
    for (const char* part : {"", "-wal", "-shm"}) fs::remove(spoiled.string() + part);
    write_atomically(spoiled, bad);
    const auto found = thrown([&] {
      const auto index = open_index(spoiled);
      index->runs();
      index->put(some_run("new", 1));
    });
    EXPECT_TRUE(found.code == "nothing" || found.code.starts_with("E-RUN-1")) << found.message;
    refused += found.code != "nothing";
  }
  EXPECT_GT(refused, 10);
  EXPECT_EQ(thrown([&] { open_index(folder / "runs.db" / "below"); }).code, "E-RUN-10");
}

TEST(Query, FiltersSortsAndLimits) {
  std::vector<runs::Run> all{some_run("a", 0.5), some_run("ab", 0.75), some_run("c", 0.25)};
  for (std::size_t i = 0; i < all.size(); ++i) all[i].id = static_cast<std::int64_t>(i) + 1;
  all[2].state = State::failed;
  all[2].metrics = {{"val_loss", 0.125}};
  const auto names = [&](const Query& query) {
    std::string text;
    for (const auto& run : select(all, query)) text += run.name + " ";
    return text;
  };
  const auto where = [&](const char* text) { return names({.where = {Condition::parse(text)}}); };
  EXPECT_EQ(names({}), "c ab a ");
  EXPECT_EQ(where("test.accuracy>0.5"), "ab ");
  EXPECT_EQ(where(" test.accuracy >= 0.5 "), "ab a ");
  EXPECT_EQ(where("test.accuracy<0.75"), "a ");
  EXPECT_EQ(where("test.accuracy!=0.5"), "ab ");
  EXPECT_EQ(where("val_loss<=0.25"), "c ab ");
  EXPECT_EQ(where("epochs=3"), "c ab a ");
  EXPECT_EQ(where("state=failed"), "c ");
  EXPECT_EQ(where("name != a"), "c ab ");
  EXPECT_EQ(names({.name = "a*"}), "ab a ");
  EXPECT_EQ(names({.state = State::failed}), "c ");
  EXPECT_EQ(names({.since = 1050}), "ab a ");
  EXPECT_EQ(names({.sort = "test.accuracy"}), "ab a c ");
  EXPECT_EQ(names({.sort = "val_loss", .largest_first = false, .limit = 2}), "c ab ");
  EXPECT_EQ(names({.sort = "name", .largest_first = false}), "a ab c ");
  for (const char* bad : {"", ">", "x", "x>", "x>y", "name>3", "x!3", ">3"})
    EXPECT_EQ(thrown([&] { Condition::parse(bad); }).code, "E-RUN-15") << bad;
  const auto unknown = thrown([&] { where("test.acuracy>0.5"); });
  EXPECT_EQ(unknown.code, "E-RUN-15");
  EXPECT_TRUE(unknown.says("did you mean 'test.accuracy'?")) << unknown.message;
  EXPECT_EQ(thrown([&] { state_from("runing"); }).code, "E-RUN-18");
}

TEST(Query, Moments) {
  EXPECT_EQ(moment("12h", 1e6), 1e6 - 12 * 3600);
  EXPECT_EQ(moment("1.5d", 1e6), 1e6 - 36 * 3600);
  EXPECT_EQ(moment("30m", 1e6), 1e6 - 1800);
  EXPECT_EQ(moment("2026-11-20 18:30", 0) - moment("2026-11-20", 0), 18.5 * 3600);
  for (const char* bad : {"", "h", "yesterday", "-3d", "2026-11-20x", "nan"})
    EXPECT_EQ(thrown([&] { moment(bad, 0); }).code, "E-RUN-15") << bad;
}

}  // namespace
}  // namespace glia::runs
