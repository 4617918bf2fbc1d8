// `glia train --live` in a real terminal.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "glia/base/file.h"
#include "glia/report/style.h"
#include "tests/cli/process.h"
#include "tests/cli/rows.h"
#include "tests/temp_folder.h"

namespace glia::cli {

namespace {

namespace fs = std::filesystem;

// A real terminal, by tmux, with a shell in it.
class Tmux {
 public:
  static bool there();  // tmux can be run

  // A shell in that folder; `environment` is words as env(1) takes them: "NO_COLOR=1".
  Tmux(const std::filesystem::path& folder, int columns, int rows,
       const std::string& environment = "LC_ALL=C.UTF-8");
  ~Tmux();
  Tmux(const Tmux&) = delete;
  Tmux& operator=(const Tmux&) = delete;

  void line(const std::string& text);  // is typed, with Enter
  void key(const std::string& name);   // "q", "C-c", "Escape"
  void resize(int columns, int rows);
  std::string screen() const;   // as it is seen, without colours
  std::string painted() const;  // with escape sequences
  std::string history() const;  // with what was scrolled out
  bool alternate() const;       // a full-screen program has it
  bool cursor() const;          // is seen
  // Looks every 20 milliseconds until it holds; false after a minute.
  bool wait_until(const std::function<bool()>& condition) const;
  bool wait_for(const std::string& text) const;  // on the screen

 private:
  std::string run(const std::string& command) const;
  std::string socket_;
};

bool Tmux::there() { return std::system("tmux -V > /dev/null 2>&1") == 0; }

Tmux::Tmux(const std::filesystem::path& folder, int columns, int rows,
           const std::string& environment) {
  static int count = 0;
  socket_ = "glia-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
  run("-f /dev/null new-session -d -x " + std::to_string(columns) + " -y " + std::to_string(rows) +
      " -c '" + folder.string() + "' 'env -u NO_COLOR -u LC_ALL -u GLIA_DATA " + environment +
      " PS1=ready: ENV= sh -i'");
  run("set-option -g status off");
  run("set-option -g escape-time 0");
  resize(columns, rows);
  wait_for("ready:");
}
Tmux::~Tmux() { run("kill-server"); }

std::string Tmux::run(const std::string& command) const {
  std::string out;
  auto* pipe = ::popen(("tmux -u -L " + socket_ + " " + command + " 2>/dev/null").c_str(), "r");
  if (!pipe) return out;
  char buffer[4096];
  while (const auto size = std::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, size);
  ::pclose(pipe);
  return out;
}

void Tmux::line(const std::string& text) {
  run("send-keys -l -- '" + text + "'");
  run("send-keys Enter");
}
void Tmux::key(const std::string& name) { run("send-keys -- '" + name + "'"); }
void Tmux::resize(int columns, int rows) {
  run("resize-window -x " + std::to_string(columns) + " -y " + std::to_string(rows));
}
std::string Tmux::screen() const { return run("capture-pane -p"); }
std::string Tmux::painted() const { return run("capture-pane -p -e"); }
std::string Tmux::history() const { return run("capture-pane -p -J -S -"); }
bool Tmux::alternate() const { return run("display-message -p '#{alternate_on}'") == "1\n"; }
bool Tmux::cursor() const { return run("display-message -p '#{cursor_flag}'") == "1\n"; }

bool Tmux::wait_until(const std::function<bool()>& condition) const {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}
bool Tmux::wait_for(const std::string& text) const {
  return wait_until([&] { return screen().find(text) != std::string::npos; });
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

class Live : public testing::Test {
 protected:
  void SetUp() override {
    if (!Tmux::there()) GTEST_SKIP() << "there is no tmux";
    write(folder_ / "data.csv", rows({.count = 2000}));
    experiment_of(100000);
  }
  void experiment_of(int epochs, const std::string& more = "") {
    write(folder_ / "live.yaml",
          experiment({.layers = "    - dense: {units: 32, activation: relu}\n"
                                "    - dense: {units: 1, activation: sigmoid}\n",
                      .train_more = "  epochs: " + std::to_string(epochs) +
                                    "\n  metrics: [accuracy, roc_auc]\n" + more}));
  }
  static std::string command(const std::string& more = "") {
    return "sh -c \"echo \\$\\$ > pid; exec " GLIA_BINARY_DIR
           "/glia train live.yaml --out run --threads 1 --live" +
           more + "\"";
  }
  // Trains on a terminal of that size until there is a curve.
  void start(Tmux& tmux, const std::string& more = "") {
    tmux.line(command(more));
    ASSERT_TRUE(tmux.wait_for("epoch ")) << tmux.screen();
    ASSERT_TRUE(tmux.wait_for("whole run")) << tmux.screen();
    ASSERT_TRUE(tmux.alternate());
  }
  // The shell's prompt is back on its own screen, and the terminal as it was.
  void expect_restored(Tmux& tmux, const std::string& why) {
    ASSERT_TRUE(tmux.wait_until([&] { return !tmux.alternate(); })) << why << tmux.screen();
    const auto number = std::to_string(++restored_);
    tmux.line("stty -a > stty.txt; echo restored-$((" + number + "))");
    ASSERT_TRUE(tmux.wait_for("restored-" + number)) << why << tmux.screen();
    const auto settings = read(folder_ / "stty.txt");
    for (const std::string word : {"icanon", "echo ", "isig"})
      EXPECT_TRUE(holds(settings, word) && !holds(settings, "-" + word)) << why << settings;
    EXPECT_TRUE(tmux.cursor()) << why;
  }
  nlohmann::json result() const { return nlohmann::json::parse(read(folder_ / "run/result.json")); }
  TempFolder folder_;
  int restored_ = 0;  // times
};

TEST_F(Live, ShowsTheCurvesAndEndsWithAResult) {
  experiment_of(100000, "  early_stopping: {monitor: val_loss, patience: 100000}\n");
  Tmux tmux(folder_.path(), 80, 24);
  start(tmux);
  for (const char* part : {"training", "loss", "val_loss", "val_roc_auc", "memory",
                           "learning rate", "left", "best val_loss", "q stop", "└"})
    EXPECT_TRUE(tmux.wait_for(part)) << part << "\n" << tmux.screen();
  EXPECT_TRUE(holds(tmux.painted(), "\x1b[38;5;")) << "colours";
  EXPECT_FALSE(tmux.cursor());

  tmux.key("-");
  EXPECT_TRUE(tmux.wait_for("learning rates are multiplied by 0.5")) << tmux.screen();
  EXPECT_TRUE(tmux.wait_for("0.005 (by keys x0.5)")) << tmux.screen();
  tmux.key("+");
  EXPECT_TRUE(tmux.wait_for("learning rates are multiplied by 2")) << tmux.screen();
  tmux.key("?");
  EXPECT_TRUE(tmux.wait_for("ends the training as if its epochs were over")) << tmux.screen();
  tmux.key("?");
  tmux.key("c");
  EXPECT_TRUE(tmux.wait_for("a checkpoint is written")) << tmux.screen();
  tmux.key("p");
  EXPECT_TRUE(tmux.wait_for("paused")) << tmux.screen();
  const auto still = read(folder_ / "run/metrics.jsonl");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(read(folder_ / "run/metrics.jsonl"), still);
  tmux.key("p");
  EXPECT_TRUE(tmux.wait_for("paused for")) << tmux.screen();
  EXPECT_TRUE(tmux.wait_for("training"));

  tmux.resize(120, 40);
  EXPECT_TRUE(tmux.wait_for("folder")) << tmux.screen();
  tmux.key("q");
  ASSERT_TRUE(tmux.wait_for("what to try next")) << tmux.screen();
  expect_restored(tmux, "q");
  const auto end = result();
  EXPECT_EQ(end.at("end"), "callback");
  EXPECT_TRUE(end.contains("validation"));
  const auto events = end.at("events").dump();
  for (const char* part : {"multiplied by 0.5", "multiplied by 2", "the user asked for it"})
    EXPECT_TRUE(holds(events, part)) << events;
  // What was said meanwhile, and the usual summary, are there to be read again.
  const auto history = tmux.history();
  for (const char* part :
       {"learning rates are multiplied by 0.5", "the user asked for it", "epochs in", "roc_auc"})
    EXPECT_TRUE(holds(history, part)) << part << "\n" << history;
}

TEST_F(Live, TheTerminalComesBackHoweverItEnds) {
  Tmux tmux(folder_.path(), 80, 24);
  tmux.line("ulimit -c 0");
  start(tmux, " --overwrite");
  tmux.key("C-c");
  EXPECT_TRUE(tmux.wait_for("--resume")) << tmux.screen();
  expect_restored(tmux, "Ctrl-C");
  tmux.line("clear");
  start(tmux, " --resume");  // and has nothing to say of a view that is no part of the run
  tmux.key("C-c");
  expect_restored(tmux, "Ctrl-C again");
  EXPECT_FALSE(holds(tmux.history(), "callback")) << tmux.history();
  for (const int signal : {SIGTERM, SIGQUIT, SIGABRT, SIGSEGV, SIGHUP}) {
    tmux.line("clear");
    start(tmux, " --overwrite");
    ASSERT_EQ(::kill(std::stoi(read(folder_ / "pid")), signal), 0);
    expect_restored(tmux, "signal " + std::to_string(signal));
  }
}

TEST_F(Live, TheTerminalComesBackAfterAnError) {
  experiment_of(100000);
  Tmux tmux(folder_.path(), 80, 24);
  start(tmux);
  // The next checkpoint has nowhere to go.
  for (int i = 0; !fs::is_regular_file(folder_ / "run"); ++i) {  // which it may make anew
    std::error_code none;
    fs::rename(folder_ / "run", folder_ / ("gone-" + std::to_string(i)), none);
    std::ofstream(folder_ / "run") << "a file";
  }
  EXPECT_TRUE(tmux.wait_for("error:")) << tmux.screen();
  expect_restored(tmux, "error");
}

TEST_F(Live, CtrlZGivesTheTerminalBackAndFgTakesItAgain) {
  Tmux tmux(folder_.path(), 80, 24);
  start(tmux);
  tmux.key("C-z");
  expect_restored(tmux, "Ctrl-Z");
  tmux.line("fg");
  ASSERT_TRUE(tmux.wait_until([&] { return tmux.alternate(); })) << tmux.screen();
  EXPECT_TRUE(tmux.wait_for("whole run")) << tmux.screen();
  tmux.key("-");
  EXPECT_TRUE(tmux.wait_for("multiplied by 0.5")) << tmux.screen();
  tmux.key("C-z");
  expect_restored(tmux, "the second Ctrl-Z");
  tmux.line("bg");  // goes on without a word
  const auto log = folder_ / "run/metrics.jsonl";
  const auto before = read(log).size();
  EXPECT_TRUE(tmux.wait_until([&] { return read(log).size() > before; }));
  EXPECT_FALSE(tmux.alternate());
  expect_restored(tmux, "bg");
  tmux.line("fg");
  ASSERT_TRUE(tmux.wait_until([&] { return tmux.alternate(); })) << tmux.screen();
  tmux.key("q");
  ASSERT_TRUE(tmux.wait_for("what to try next")) << tmux.screen();
  expect_restored(tmux, "q");
}

TEST_F(Live, FitsSmallAndLargeTerminals) {
  Tmux tmux(folder_.path(), 80, 24);
  start(tmux);
  for (const auto& [columns, rows] : {std::pair{40, 12}, {20, 5}, {200, 60}, {80, 24}}) {
    tmux.resize(columns, rows);
    const auto last = "q stop";
    EXPECT_TRUE(tmux.wait_until([&] {
      std::istringstream lines(tmux.screen());
      int row = 0, at = 0;
      for (std::string line; std::getline(lines, line); ++row)
        if (holds(line, last)) at = row + 1;
      return at > 0 && at <= rows;
    })) << columns
        << " x " << rows << "\n"
        << tmux.screen();
  }
  tmux.resize(40, 12);
  EXPECT_TRUE(tmux.wait_for("└")) << "a curve\n" << tmux.screen();
  tmux.key("q");
  EXPECT_TRUE(tmux.wait_for("what to try next")) << tmux.screen();
}

TEST_F(Live, PlainTerminalsGetPlainCharacters) {
  Tmux tmux(folder_.path(), 80, 24, "LC_ALL=C NO_COLOR=1");
  start(tmux);
  EXPECT_TRUE(tmux.wait_for("val_loss"));
  const auto painted = tmux.painted();
  EXPECT_FALSE(holds(painted, "\x1b[")) << painted;
  EXPECT_TRUE(std::all_of(painted.begin(), painted.end(), [](char c) { return c > 0; })) << painted;
  tmux.key("q");
  EXPECT_TRUE(tmux.wait_for("what to try next")) << tmux.screen();
}

TEST_F(Live, LookingOnChangesNothing) {
  experiment_of(8);
  Tmux tmux(folder_.path(), 80, 24);
  tmux.line(command());
  ASSERT_TRUE(tmux.wait_for("what to try next")) << tmux.screen();
  const auto plain =
      glia(folder_.path(), {"train", "live.yaml", "--out", "plain", "--threads", "1"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  const auto weights = [&](const std::string& run) {
    return sha256_file(folder_ / run / "model/weights.safetensors");
  };
  EXPECT_EQ(weights("run"), weights("plain"));
}

TEST(LiveWithoutTerminal, ShowsLines) {
  TempFolder folder;
  write(folder / "data.csv", rows({.count = 400}));
  write(folder / "live.yaml", experiment());
  const auto outcome = glia(folder.path(), {"train", "live.yaml", "--live"}, {{"TERM", "xterm"}});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "epoch 3/3")) << outcome.err;
  EXPECT_TRUE(holds(outcome.err, "--live needs a terminal")) << outcome.err;
  EXPECT_FALSE(holds(outcome.err, "\x1b")) << outcome.err;
}

}  // namespace
}  // namespace glia::cli
