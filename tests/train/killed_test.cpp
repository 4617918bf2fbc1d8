// Killed in the midst of saving: what was there before is whole.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "glia/train/checkpoint.h"
#include "tests/temp_folder.h"

namespace glia {
namespace {

// Saves one checkpoint after another and tells each that is done, until it is killed.
[[noreturn]] void save_for_ever(const std::filesystem::path& folder, std::int64_t step, int done) {
  train::Checkpoints checkpoints(folder, 2);
  const train::BestCheckpoints best(folder, 1);
  for (;; ++step) {
    Tensor t(DType::f32, {1 << 16});
    for (std::int64_t i = 0; i < t.size(); i += 97) t.set(i, static_cast<double>(step + i));
    checkpoints.save({.step = step, .tensors = {{"weights", t}}, .state = {{"a", "b"}}});
    best.update({{step, static_cast<double>(step % 5)}});
    if (write(done, &step, sizeof step) != sizeof step) _exit(1);
  }
}

TEST(Killed, TwoHundredTimesInTheMidstOfSaving) {
  TempFolder folder;
  std::mt19937 random(7);
  std::int64_t newest = 0;
  int torn = 0;  // kills that left a file half written behind
  for (int kill_number = 0; kill_number < 200; ++kill_number) {
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) save_for_ever(folder.path(), newest + 1, pipes[1]);
    close(pipes[1]);
    // Not before the first is done, so that each kill meets a saving one.
    std::int64_t told = 0;
    ASSERT_EQ(read(pipes[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
    usleep(static_cast<useconds_t>(random() % 12000));
    ::kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    for (std::int64_t step = 0; read(pipes[0], &step, sizeof step) == sizeof step;) told = step;
    close(pipes[0]);
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
      torn += entry.path().string().ends_with(".glia-tmp");

    std::vector<std::string> problems;
    const auto found = train::Checkpoints(folder.path()).newest(&problems);
    ASSERT_TRUE(found);
    EXPECT_TRUE(problems.empty()) << problems.front();  // no half of a file under its name
    EXPECT_GE(found->step, told);                       // nothing that was told is lost
    EXPECT_LE(found->step, told + 1);
    newest = found->step;
    EXPECT_EQ(found->tensors.at("weights").at(97), static_cast<double>(newest + 97));
  }
  EXPECT_GT(torn, 0) << "no kill met a file that was being written";
}

}  // namespace
}  // namespace glia
