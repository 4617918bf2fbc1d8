// The helpers of the command's tests; what it says of itself is tested here too.
#include "tests/cli/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/temp_folder.h"

namespace glia::cli {
namespace {

std::string fresh_name() {
  static int count = 0;
  return ".process-" + std::to_string(count++);
}

[[noreturn]] void become(const std::filesystem::path& folder, const std::string& stem,
                         std::vector<std::string> words,
                         const std::map<std::string, std::string>& environment) {
  const auto redirect = [&](const char* suffix, int to) {
    const auto path = (folder / (stem + suffix)).string();
    ::dup2(::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600), to);
  };
  redirect(".out", STDOUT_FILENO);
  redirect(".err", STDERR_FILENO);
  // What this machine's user has set decides nothing.
  for (const char* name : {"GLIA_DATA", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG"}) ::unsetenv(name);
  ::setenv("GLIA_RUNS_INDEX", "none", 1);  // a user's own stays as it is
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> pointers;
  for (auto& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  if (::chdir(folder.c_str()) == 0) ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

Command::Command(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& environment)
    : folder_(folder), stem_(fresh_name()) {
  std::vector<std::string> words{GLIA_BINARY_DIR "/glia"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  pid_ = ::fork();
  if (pid_ == 0) become(folder_, stem_, std::move(words), environment);
}

Command::~Command() {
  if (!ended()) {
    send(SIGKILL);
    wait();
  }
}

void Command::send(int signal) const { ::kill(pid_, signal); }

bool Command::ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

std::string Command::err() const { return read(folder_ / (stem_ + ".err")); }

bool Command::wait_until(const std::function<bool()>& condition) {
  using namespace std::chrono;
  for (const auto begun = steady_clock::now(); steady_clock::now() - begun < minutes(1);) {
    if (condition()) return !ended();
    if (ended()) return false;
    std::this_thread::sleep_for(milliseconds(1));
  }
  return false;
}

Outcome Command::wait() {
  if (!ended_) ::waitpid(pid_, &status_, 0);
  ended_ = true;
  Outcome outcome;
  if (WIFEXITED(status_)) outcome.code = WEXITSTATUS(status_);
  if (WIFSIGNALED(status_)) outcome.signal = WTERMSIG(status_);
  outcome.out = read(folder_ / (stem_ + ".out"));
  outcome.err = read(folder_ / (stem_ + ".err"));
  return outcome;
}

Outcome glia(const std::filesystem::path& folder, const std::vector<std::string>& arguments,
             const std::map<std::string, std::string>& environment) {
  return Command(folder, arguments, environment).wait();
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

namespace {

TEST(Usage, AloneItSaysWhatToTry) {
  TempFolder folder;
  const auto outcome = glia(folder.path(), {});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_NE(outcome.out.find("glia demo"), std::string::npos);
  EXPECT_EQ(outcome.err, "");
}

TEST(Usage, HelpAndVersionGoToStandardOutput) {
  TempFolder folder;
  const auto help = glia(folder.path(), {"--help"});
  EXPECT_EQ(help.code, 0);
  for (const auto* name : {"demo", "init", "train", "evaluate", "predict", "summary"}) {
    EXPECT_NE(help.out.find(name), std::string::npos) << name;
    const auto own = glia(folder.path(), {name, "--help"});
    EXPECT_EQ(own.code, 0) << name;
    EXPECT_NE(own.out.find(std::string("usage: glia ") + name), std::string::npos) << own.out;
    EXPECT_NE(own.out.find("--json"), std::string::npos) << own.out;
  }
  const auto version = glia(folder.path(), {"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out.substr(0, 5), "glia ");
}

TEST(Usage, MistakesExitWithTwoAndNameTheNearest) {
  TempFolder folder;
  struct Case {
    std::vector<std::string> arguments;
    std::string said;
  };
  for (const auto& [arguments, said] :
       std::vector<Case>{{{"trian", "x.yaml"}, "did you mean 'train'?"},
                         {{"train"}, "experiment is required"},
                         {{"train", "x.yaml", "--thread", "2"}, "did you mean '--threads'?"},
                         {{"train", "x.yaml", "y.yaml"}, "unexpected argument 'y.yaml'"},
                         {{"train", "x.yaml", "--threads", "0"}, "--threads"},
                         {{"train", "x.yaml", "--threads", "many"}, "--threads"},
                         {{"train", "x.yaml", "--resume", "--overwrite"}, "contradict"},
                         {{"init"}, "data is required"},
                         {{"data"}, "say what: describe"},
                         {{"data", "descibe", "x.csv"}, "did you mean 'describe'?"},
                         {{"data", "describe", "x.csv", "--htm", "y"}, "did you mean '--html'?"},
                         {{"evaluate", "run", "--images", "x.idx"}, "--labels"},
                         {{"predict", "run"}, "file is required"},
                         {{"--verbose"}, "unknown option '--verbose'"}}) {
    const auto outcome = glia(folder.path(), arguments);
    EXPECT_EQ(outcome.code, 2) << said;
    EXPECT_NE(outcome.err.find(said), std::string::npos) << outcome.err;
    EXPECT_NE(outcome.err.find("[E-CLI-01]"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.err.substr(0, 6), "error:");
  }
}

TEST(Usage, NothingIsColouredInAPipe) {
  TempFolder folder;
  const auto outcome = glia(folder.path(), {"--help"}, {{"TERM", "xterm-256color"}});
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace glia::cli
