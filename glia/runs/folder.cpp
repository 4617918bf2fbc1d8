#include "glia/runs/folder.h"

#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/lock.h"
#include "glia/base/text.h"
#include "glia/runs/json.h"

namespace glia::runs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kParts[] = {
    "checkpoints",  "model",          "tensorboard", "predictions",     "metrics.jsonl",
    "metrics.csv",  "result.json",    "report.html", "folds",           "select",
    "members",      "training",       "folds.json",  "out_of_fold.csv", "out_of_fold.safetensors",
    "command.json", "experiment.yaml"};
constexpr std::uint64_t kMost = std::uint64_t{64} << 20;  // bytes of one of these files

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

// When a file was last written, in seconds since 1970; 0: it is not there.
double written(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return 0;
  return static_cast<double>(status.st_mtim.tv_sec) + 1e-9 * double(status.st_mtim.tv_nsec);
}

void tell(const Say& say, const std::string& line) {
  if (say) say(line);
}

// An object in a file; null where the file is not there, or damaged, which is said.
json object_in(const fs::path& file, const Say& say) {
  if (!is_there(file)) return nullptr;
  try {
    auto value = parse_json(read_file(file, kMost));
    if (value.is_object()) return value;
    tell(say, file.string() + ": damaged: no JSON object; the run's other files are used");
  } catch (const Error& error) {
    tell(say, error.what());
  }
  return nullptr;
}

std::string text_at(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_at(const json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::int64_t count_at(const json& object, const char* key) {
  const double number = number_at(object, key);
  return number >= 0 && number < 9e15 ? static_cast<std::int64_t>(number) : 0;
}

// "test.loss", "test.accuracy", ...: of one assessment in result.json.
void add_assessment(const json& result, const char* part, Metrics& metrics) {
  const auto found = result.find(part);
  if (found == result.end() || !found->is_object()) return;
  const std::string prefix = std::string(part) + ".";
  if (const auto loss = found->find("loss"); loss != found->end() && loss->is_number())
    metrics.emplace_back(prefix + "loss", loss->get<double>());
  if (const auto all = found->find("metrics"); all != found->end() && all->is_object())
    for (const auto& [name, value] : all->items())
      if (value.is_number()) metrics.emplace_back(prefix + name, value.get<double>());
}

// Of a cross-validation: "folds.accuracy", the mean over the folds, and the seconds of all of its
// trainings.
void add_folds(const json& folds, Run& run) {
  if (!folds.is_object()) return;
  if (const double seconds = number_at(folds, "seconds"); seconds > 0) run.seconds = seconds;
  if (const auto values = folds.find("values"); values != folds.end() && values->is_object())
    for (const auto& [name, value] : values->items())
      if (value.is_object() && value.contains("mean") && value["mean"].is_number())
        run.metrics.emplace_back("folds." + name, value["mean"].get<double>());
}

std::string shell_line(const json& command) {
  std::string line;
  if (const auto found = command.find("arguments"); found != command.end() && found->is_array())
    for (const auto& word : *found)
      if (word.is_string()) line += " " + word.get<std::string>();
  return line.empty() ? line : "glia" + line;
}

void flatten(const YAML::Node& node, const std::string& key,
             std::vector<std::pair<std::string, std::string>>& to) {
  constexpr std::size_t kMostSettings = 5000;
  if (to.size() >= kMostSettings) return;
  const auto inside = [&](const std::string& name) {
    return key.empty() ? name : key + "." + name;
  };
  const auto is_plain = [](const YAML::Node& one) { return one.IsScalar() || one.IsNull(); };
  if (node.IsMap() && node.size() > 0) {
    for (const auto& entry : node)
      if (entry.first.IsScalar()) flatten(entry.second, inside(entry.first.Scalar()), to);
  } else if (node.IsSequence() && !std::all_of(node.begin(), node.end(), is_plain)) {
    for (std::size_t i = 0; i < node.size(); ++i) flatten(node[i], inside(std::to_string(i)), to);
  } else {
    YAML::Emitter text;
    text << YAML::Flow << node;
    to.emplace_back(key, node.IsScalar() ? node.Scalar() : std::string(text.c_str()));
  }
}

Record record_of(const json& line) {
  Record record{.epoch = count_at(line, "epoch"),
                .step = count_at(line, "step"),
                .seconds = number_at(line, "seconds")};
  for (const auto& [name, value] : line.items())
    if (value.is_number() && name != "epoch" && name != "step" && name != "seconds" &&
        name != "batch")
      record.values.emplace_back(name, value.get<double>());
  return record;
}

}  // namespace

std::span<const char* const> parts() { return kParts; }

bool holds_run(const fs::path& folder) {
  return is_there(folder / "experiment.yaml") &&
         (is_there(folder / "checkpoints") || is_there(folder / "model") ||
          is_there(folder / "command.json"));
}

std::vector<Record> read_records(const fs::path& folder, const Say& say) {
  const auto file = folder / "metrics.jsonl";
  std::vector<Record> records;
  if (!is_there(file)) return records;
  std::size_t damaged = 0;
  try {
    const auto text = read_file(file, kMost);
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = std::min(text.find('\n', begin), text.size());
      const auto line = parse_json(std::string_view(text).substr(begin, end - begin));
      if (line.is_object())
        records.push_back(record_of(line));
      else if (end > begin)
        ++damaged;
      begin = end + 1;
    }
  } catch (const Error& error) {
    tell(say, error.what());
  }
  if (damaged > 0)
    tell(say, fmt::format("{}: {} of {} lines are damaged; the others are used", file.string(),
                          damaged, damaged + records.size()));
  return records;
}

std::vector<std::pair<std::string, std::string>> read_settings(const fs::path& folder,
                                                               const Say& say) {
  const auto file = folder / "experiment.yaml";
  std::vector<std::pair<std::string, std::string>> settings;
  try {
    flatten(YAML::Load(read_file(file, 1 << 20)), "", settings);
  } catch (const YAML::Exception& error) {
    tell(say, fmt::format("{}: damaged: {}; it is left out", file.string(), shown(error.what())));
  } catch (const Error& error) {
    tell(say, error.what());
  }
  return settings;
}

Run read_run(const fs::path& folder, const Say& say) {
  Run run;
  run.folder = fs::absolute(folder).lexically_normal();
  if (!run.folder.has_filename()) run.folder = run.folder.parent_path();
  const json result = object_in(folder / "result.json", say);
  const json command = object_in(folder / "command.json", say);
  run.name = text_at(result, "name");
  if (run.name.empty())
    for (auto& [key, value] : read_settings(folder, say))
      if (key == "name") run.name = std::move(value);
  if (run.name.empty()) run.name = run.folder.filename().string();
  run.command = shell_line(command);
  if (const auto file = folder / "experiment.yaml"; is_there(file)) {
    try {
      run.experiment_sha256 = sha256_hex(read_file(file, kMost));
    } catch (const Error& error) {
      tell(say, error.what());
    }
  }
  const auto records = read_records(folder, say);
  for (const auto& record : records) run.seconds += record.seconds;
  if (!records.empty()) {
    run.epochs = records.back().epoch;
    run.metrics = records.back().values;
  }
  const bool held = FileLock::is_held(folder / "lock");
  run.state = held ? State::running : result.is_object() ? State::finished : State::stopped;
  if (result.is_object() && !held) {
    run.end = text_at(result, "end");
    run.epochs = count_at(result, "epochs");
    run.seconds = number_at(result, "seconds");
    run.data_sha256 = text_at(result, "data_sha256");
    run.weights_sha256 = text_at(result, "weights_sha256");
    add_assessment(result, "validation", run.metrics);
    add_assessment(result, "test", run.metrics);
  }
  const json folds = object_in(folder / "folds.json", say);
  add_folds(folds, run);
  // Where no final model was wanted, the folds are all.
  if (folds.is_object() && run.state == State::stopped)
    for (const auto& [key, value] : read_settings(folder, say))
      if (key == "data.split.final_model" && value == "false") run.state = State::finished;
  if (!held)
    run.ended = std::max(written(folder / "result.json"), written(folder / "metrics.jsonl"));
  run.started = number_at(command, "started");
  if (run.started == 0 && run.ended > 0) run.started = run.ended - run.seconds;
  return run;
}

std::vector<fs::path> find_runs(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fail("E-RUN-14", "{}: there is no such folder to look for runs in", folder.string());
  std::vector<fs::path> runs;
  if (holds_run(folder)) return {folder};
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied,
                                         error);
  for (const fs::recursive_directory_iterator end; !error && entry != end; entry.increment(error)) {
    std::error_code none;
    if (!entry->is_directory(none) || entry->is_symlink(none)) continue;
    const bool hidden = entry->path().filename().string().starts_with(".");
    const bool run = !hidden && holds_run(entry->path());
    if (run) runs.push_back(entry->path());
    if (hidden || run) entry.disable_recursion_pending();
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

void expect_removable(const fs::path& folder) {
  if (!holds_run(folder))
    fail("E-RUN-17",
         "{}: this folder holds no run, so nothing in it is removed; without --files only the "
         "index forgets it",
         folder.string());
  if (FileLock::is_held(folder / "lock"))
    fail("E-RUN-16", "{}: a process{} is training in this folder; stop it first", folder.string(),
         FileLock::holder(folder / "lock").empty()
             ? ""
             : fmt::format(" ({})", FileLock::holder(folder / "lock")));
}

std::vector<std::string> remove_run(const fs::path& folder) {
  expect_removable(folder);
  const auto lock = FileLock::try_lock(folder / "lock");
  if (!lock) expect_removable(folder);
  std::vector<std::string> left;
  std::error_code error;
  for (const auto* part : kParts) {
    fs::remove_all(folder / part, error);
    if (error)
      fail("E-FILE-06", "{}: cannot be removed: {}", (folder / part).string(), error.message());
  }
  fs::remove(folder / "lock", error);
  if (fs::remove(folder, error)) return left;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    left.push_back(entry->path().filename().string());
  std::sort(left.begin(), left.end());
  return left;
}

}  // namespace glia::runs
