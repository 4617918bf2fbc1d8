#include "glia/base/lock.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "tests/temp_folder.h"

namespace glia {
namespace {

TEST(FileLock, OneHolderAtATime) {
  TempFolder folder;
  const auto file = folder / "lock";
  auto first = FileLock::try_lock(file);
  ASSERT_TRUE(first);
  EXPECT_FALSE(FileLock::try_lock(file));
  EXPECT_EQ(FileLock::holder(file), std::to_string(::getpid()));
  {
    const FileLock moved = std::move(*first);
    first.reset();  // gives nothing back: it is elsewhere
    EXPECT_FALSE(FileLock::try_lock(file));
  }
  EXPECT_TRUE(FileLock::try_lock(file));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(FileLock, EndsWithItsProcess) {
  TempFolder folder;
  const auto file = folder / "lock";
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FileLock::try_lock(file);
    const char byte = lock ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) == 1) ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_FALSE(FileLock::try_lock(file));
  EXPECT_EQ(FileLock::holder(file), std::to_string(child));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(FileLock::try_lock(file));
  ::close(ready[0]), ::close(ready[1]);
}

TEST(FileLock, HolderSaysOnlyNumbers) {
  TempFolder folder;
  EXPECT_EQ(FileLock::holder(folder / "none"), "");
  std::ofstream(folder / "lock") << "\x1b[31mnobody";
  EXPECT_EQ(FileLock::holder(folder / "lock"), "");
}

}  // namespace
}  // namespace glia
