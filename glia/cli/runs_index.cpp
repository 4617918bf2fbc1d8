#include "glia/cli/runs_index.h"

#include <unistd.h>

#include <chrono>

#include "glia/base/format.h"
#include "glia/runs/folder.h"

namespace glia::cli {
namespace {

namespace fs = std::filesystem;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// One training's line in the index.
class Entry {
 public:
  Entry(Context& context, const TrainingRequest& request) : context_(context), request_(request) {}

  void begin() {
    begun_ = true;
    write([&](runs::Index& index, runs::Run& run) {
      const auto known = request_.run.resume ? index.find(run.folder) : std::nullopt;
      if (known) run.id = known->id;
      run.state = runs::State::running;
      run.ended = 0;
      run.end.clear();
    });
  }
  void end(runs::State state, const std::string& why) {
    if (!begun_) return;
    write([&](runs::Index&, runs::Run& run) {
      run.state = state;
      if (!why.empty()) run.end = why;
      run.ended = seconds_now();
    });
  }

 private:
  void write(const std::function<void(runs::Index& index, runs::Run& run)>& fill) {
    try {
      const auto file = index_file(request_.index);
      if (file.empty() || given_up_) return;
      const auto index = runs::open_index(file);
      runs::Run run = runs::read_run(request_.run.folder);
      run.id = id_;
      run.command = shell_line(command());
      run.host = host_name();
      run.process = ::getpid();
      run.data_sha256 = request_.prepared.fingerprint;
      fill(*index, run);
      id_ = index->put(run);
    } catch (const std::exception& problem) {
      given_up_ = true;
      context_.terminal.say(
          fmt::format("this run is not remembered by `glia runs`: {}\n", problem.what()));
    }
  }
  std::vector<std::string> command() const {
    std::vector<std::string> words{"glia"};
    words.insert(words.end(), request_.origin.arguments.begin(), request_.origin.arguments.end());
    return words;
  }

  Context& context_;
  const TrainingRequest& request_;
  std::int64_t id_ = 0;
  bool begun_ = false, given_up_ = false;
};

}  // namespace

fs::path index_file(const std::string& given) {
  const auto file = !given.empty() ? given : Terminal::variable("GLIA_RUNS_INDEX").value_or("");
  if (file == "none") return {};
  if (!file.empty()) return fs::absolute(file);
  // The XDG base directory specification; a relative path there is to be ignored.
  const fs::path state = Terminal::variable("XDG_STATE_HOME").value_or("");
  if (state.is_absolute()) return state / "glia" / "runs.db";
  const fs::path home = Terminal::variable("HOME").value_or("");
  return home.is_absolute() ? home / ".local" / "state" / "glia" / "runs.db" : fs::path();
}

CLI::Option* add_index(CLI::App& command, std::string& file) {
  return command
      .add_option("--index", file, "the index of runs (default: your own; \"none\": none)")
      ->type_name("FILE");
}

experiment::RunResult indexed(Context& context, const TrainingRequest& request, const Work& work) {
  Entry entry(context, request);
  experiment::RunOptions run = request.run;
  run.begun = [&] {
    write_origin(run.folder, request.origin, run.resume);
    entry.begin();
  };
  try {
    auto result = work(run);
    entry.end(interrupted(result) ? runs::State::interrupted : runs::State::finished,
              interrupted(result) ? "interrupted" : "");
    return result;
  } catch (const Error& error) {
    entry.end(runs::State::failed, error.code());
    throw;
  } catch (const std::exception&) {
    entry.end(runs::State::failed, "");
    throw;
  }
}

}  // namespace glia::cli
