#include "glia/base/file.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "glia/base/error.h"
#include "glia/base/random.h"
#include "tests/temp_folder.h"
#include "tests/thrown.h"

namespace glia {
namespace {

using glia::testing::code_of;

namespace fs = std::filesystem;

int files_in(const fs::path& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(ReadFile, GivesTheBytesAsTheyAre) {
  const TempFolder folder;
  const std::string bytes("a\0b\r\n\xff", 6);
  std::ofstream(folder / "f", std::ios::binary) << bytes;
  EXPECT_EQ(read_file(folder / "f"), bytes);
  std::ofstream(folder / "empty");
  EXPECT_EQ(read_file(folder / "empty"), "");
  EXPECT_FALSE(read_file("/proc/self/status").empty());  // says that it has 0 bytes
}

TEST(ReadStart, GivesNoMoreThanIsAskedForOrThere) {
  const TempFolder folder;
  std::ofstream(folder / "f") << "0123456789";
  EXPECT_EQ(read_start(folder / "f", 4), "0123");
  EXPECT_EQ(read_start(folder / "f", 99), "0123456789");
  EXPECT_EQ(code_of([&] { (void)read_start(folder / "none", 4); }), "E-FILE-01");
  EXPECT_EQ(code_of([&] { (void)read_start(folder.path(), 4); }), "E-FILE-03");
}

TEST(ReadFile, SaysWhatIsWrong) {
  const TempFolder folder;
  std::ofstream(folder / "f") << "12345";
  EXPECT_EQ(read_file(folder / "f", 5), "12345");
  EXPECT_EQ(code_of([&] { read_file(folder / "f", 4); }), "E-FILE-05");
  EXPECT_EQ(code_of([] { read_file("/dev/zero", 100); }), "E-FILE-05");  // has no size and no end
  EXPECT_EQ(code_of([&] { read_file(folder / "none"); }), "E-FILE-01");
  EXPECT_EQ(code_of([&] { read_file(folder / "f" / "below"); }), "E-FILE-01");
  EXPECT_EQ(code_of([&] { read_file(folder.path()); }), "E-FILE-03");
  try {
    read_file(folder / "none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find((folder / "none").string()), std::string::npos);
  }
}

TEST(ReadFile, SaysThatAFileIsUnreadable) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read every file";
  const TempFolder folder;
  std::ofstream(folder / "f") << "x";
  fs::permissions(folder / "f", fs::perms::none);
  EXPECT_EQ(code_of([&] { read_file(folder / "f"); }), "E-FILE-02");
  EXPECT_EQ(code_of([&] { const MappedFile file(folder / "f"); }), "E-FILE-02");
}

TEST(MappedFile, ShowsTheFileThatWasOpened) {
  const TempFolder folder;
  write_atomically(folder / "f", "old");
  MappedFile file(folder / "f");
  write_atomically(folder / "f", "another");
  EXPECT_EQ(file.text(), "old");
  MappedFile moved(std::move(file));
  EXPECT_EQ(moved.text(), "old");
  moved = MappedFile(folder / "f");
  EXPECT_EQ(moved.text(), "another");
}

TEST(MappedFile, SaysWhatIsWrong) {
  const TempFolder folder;
  std::ofstream(folder / "empty");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(code_of([&] { const MappedFile file(folder / "none"); }), "E-FILE-01");
  EXPECT_EQ(code_of([&] { const MappedFile file(folder.path()); }), "E-FILE-03");
  EXPECT_EQ(code_of([&] { const MappedFile file(folder / "pipe"); }),
            "E-FILE-03");  // and does not wait
  EXPECT_EQ(code_of([&] { const MappedFile file(folder / "empty"); }), "E-FILE-04");
}

TEST(WriteAtomically, WritesAndReplaces) {
  const TempFolder folder;
  const std::string large(3'000'000, 'x');  // more than the buffer, not a multiple of it
  write_atomically(folder / "f", large);
  EXPECT_EQ(read_file(folder / "f"), large);
  fs::permissions(folder / "f", fs::perms::owner_read | fs::perms::owner_write);
  write_atomically(folder / "f", [](AtomicFile& file) {
    file.write("one ");
    file.write("two");
  });
  EXPECT_EQ(read_file(folder / "f"), "one two");
  EXPECT_EQ(fs::status(folder / "f").permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(WriteAtomically, KeepsASymbolicLink) {
  const TempFolder folder;
  fs::create_directory(folder / "d");
  write_atomically(folder / "d/f", "old");
  fs::create_symlink("d/f", folder / "link");
  write_atomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(read_file(folder / "d/f"), "new");
}

TEST(WriteAtomically, TakesNamesAsLongAsTheyMayBe) {
  const TempFolder folder;
  write_atomically(folder / std::string(255, 'n'), "x");
  EXPECT_EQ(read_file(folder / std::string(255, 'n')), "x");
}

TEST(WriteAtomically, KeepsThePreviousFileWhereTheWriterThrows) {
  const TempFolder folder;
  write_atomically(folder / "f", "old");
  EXPECT_THROW(write_atomically(folder / "f",
                                [](AtomicFile& file) {
                                  file.write(std::string(2'000'000, 'x'));
                                  throw std::runtime_error("no more");
                                }),
               std::runtime_error);
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(WriteAtomically, SaysWhatIsWrong) {
  const TempFolder folder;
  EXPECT_EQ(code_of([&] { write_atomically(folder / "none/f", "x"); }), "E-FILE-06");
  EXPECT_EQ(code_of([&] { write_atomically(folder.path(), "x"); }), "E-FILE-06");
  EXPECT_EQ(code_of([&] { write_atomically(folder.path() / "", "x"); }), "E-FILE-06");
  EXPECT_EQ(code_of([&] { write_atomically("/dev/null", "x"); }), "E-FILE-06");
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
}

// Runs f in a child process and gives its exit status, or -1 where a signal ended it.
template <class F>
int in_child(F&& f) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(f());
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(WriteAtomically, KeepsThePreviousFileWhereTheDiskIsFull) {
  const TempFolder folder;
  write_atomically(folder / "f", "old");
  const int status = in_child([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100'000, 100'000};  // stands for the full disk: write() fails half-way
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const std::string large(2'500'000, 'x');
    return code_of([&] { write_atomically(folder / "f", large); }) == "E-FILE-07" ? 0 : 1;
  });
  EXPECT_EQ(status, 0);
  EXPECT_EQ(read_file(folder / "f"), "old");
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(WriteAtomically, SurvivesAKillAtAnyMoment) {
  const TempFolder folder;
  write_atomically(folder / "f", std::string(1'500'000, 'a'));
  Random random(11, "kill");
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (char letter = 'a';; letter = letter == 'z' ? 'a' : static_cast<char>(letter + 1))
        write_atomically(folder / "f", std::string(1'500'000, letter));
    }
    ::usleep(static_cast<useconds_t>(random.below(15'000)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto text = read_file(folder / "f");
    ASSERT_EQ(text.size(), 1'500'000u);
    ASSERT_EQ(std::count(text.begin(), text.end(), text[0]), 1'500'000);
  }
  const int left = files_in(folder.path()) - 1;
  EXPECT_EQ(sweep_temporaries(folder.path(), std::chrono::seconds(0)), left);
  EXPECT_EQ(files_in(folder.path()), 1);
}

TEST(SweepTemporaries, LeavesWhatSomebodyWritesAndWhatIsYoung) {
  const TempFolder folder;
  AtomicFile living(folder / "living");
  const int status = in_child([&] {
    AtomicFile dying(folder / "dying");
    ::_exit(0);  // without the destructor, as a kill
    return 1;
  });
  ASSERT_EQ(status, 0);
  std::ofstream(folder / ".mine.tmp") << "x";
  EXPECT_EQ(files_in(folder.path()), 3);
  EXPECT_EQ(sweep_temporaries(folder.path()), 0);  // younger than a minute
  EXPECT_EQ(sweep_temporaries(folder.path(), std::chrono::seconds(0)), 1);
  living.write("x");
  living.commit();
  EXPECT_EQ(read_file(folder / "living"), "x");
  EXPECT_TRUE(fs::exists(folder / ".mine.tmp"));
  EXPECT_EQ(sweep_temporaries(folder / "none"), 0);
}

// FIPS 180-4's examples, as NIST publishes them.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TempFolder folder;
  const std::string million(1'000'000, 'a');  // the standard's third example
  write_atomically(folder / "f", million + million);
  Sha256 parts;
  parts.update(million);
  parts.update(million);
  EXPECT_EQ(sha256_file(folder / "f"), parts.hex());
  write_atomically(folder / "f", million);
  EXPECT_EQ(sha256_file(folder / "f"),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  EXPECT_EQ(code_of([&] { sha256_file(folder.path()); }), "E-FILE-03");
}

}  // namespace
}  // namespace glia
