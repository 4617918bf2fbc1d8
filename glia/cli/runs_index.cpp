#include "glia/cli/runs_index.h"

#include <unistd.h>

#include <algorithm>
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

// How many files a training has written in a folder, and when the last.
std::pair<std::size_t, fs::file_time_type> written_in(const fs::path& folder) {
  std::pair<std::size_t, fs::file_time_type> all{0, fs::file_time_type::min()};
  const auto add = [&](const fs::path& file) {
    std::error_code none;
    const auto time = fs::last_write_time(file, none);
    if (!none) ++all.first, all.second = std::max(all.second, time);
  };
  for (const char* part : {"metrics.jsonl", "result.json", "folds.json"}) add(folder / part);
  for (const char* part : {"checkpoints", "members", "training", "folds"}) {
    std::error_code error;
    fs::recursive_directory_iterator entry(folder / part, error);
    for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error))
      if (entry->is_regular_file(error) && entry->path().filename() != "lock") add(entry->path());
  }
  return all;
}

}  // namespace

IndexEntry::IndexEntry(Context& context, const experiment::RunOptions& run, std::string index,
                       const Origin& origin, std::string data)
    : context_(context),
      folder_(run.folder),
      index_(std::move(index)),
      data_(std::move(data)),
      written_(written_in(folder_)),
      resumed_(run.resume) {
  std::vector<std::string> words{"glia"};
  words.insert(words.end(), origin.arguments.begin(), origin.arguments.end());
  command_ = shell_line(words);
}

void IndexEntry::begin() {
  begun_ = true;
  write([&](runs::Index& index, runs::Run& run) {
    before_ = index.find(run.folder);
    if (before_ && resumed_) run.id = before_->id;
    run.state = runs::State::running;
    run.ended = 0;
    run.end.clear();
  });
}

void IndexEntry::end(runs::State state, const std::string& why, std::optional<double> seconds) {
  if (!begun_) return;
  const bool untouched = state == runs::State::failed && before_ && written_in(folder_) == written_;
  write([&](runs::Index&, runs::Run& run) {
    if (untouched) {
      run = *before_;
      run.id = id_;
      return;
    }
    run.state = state;
    if (!why.empty()) run.end = why;
    run.ended = seconds_now();
    if (seconds) run.seconds = *seconds;
  });
}

void IndexEntry::write(const std::function<void(runs::Index& index, runs::Run& run)>& fill) {
  try {
    const auto file = index_file(index_);
    if (file.empty() || given_up_) return;
    const auto index = runs::open_index(file);
    runs::Run run = runs::read_run(folder_);
    run.id = id_;
    run.command = command_;
    run.host = host_name();
    run.process = ::getpid();
    run.data_sha256 = data_;
    fill(*index, run);
    id_ = index->put(run);
  } catch (const std::exception& problem) {
    given_up_ = true;
    context_.terminal.say(
        fmt::format("this run is not remembered by `glia runs`: {}\n", problem.what()));
  }
}

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
  IndexEntry entry(context, request.run, request.index, request.origin,
                   request.prepared.fingerprint);
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
