#include "glia/review/stored_run.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::review {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint64_t kMostText = std::uint64_t{1} << 28;  // bytes of a file of text

double number_of(const json& j) { return j.is_number() ? j.get<double>() : std::nan(""); }
double number_at(const json& j, const char* key) {
  return j.contains(key) ? number_of(j[key]) : std::nan("");
}
std::int64_t count_at(const json& j, const char* key) {
  const double value = number_at(j, key);
  return value >= 0 && value < 1e15 ? static_cast<std::int64_t>(value) : 0;
}
std::string text_at(const json& j, const char* key) {
  return j.contains(key) && j[key].is_string() ? j[key].get<std::string>() : "";
}
std::vector<std::string> texts_at(const json& j, const char* key) {
  std::vector<std::string> texts;
  if (j.contains(key) && j[key].is_array())
    for (const auto& text : j[key])
      if (text.is_string()) texts.push_back(text.get<std::string>());
  return texts;
}

// What is nested deeper was not written by a training, and walking it would end the stack.
json parsed(const std::string& text) {
  bool deep = false;
  auto j = json::parse(
      text,
      [&](int depth, json::parse_event_t, json&) {
        deep = deep || depth > 32;
        return depth <= 32;
      },
      false);
  return deep ? json() : j;
}

// The object that a file holds; nothing, and a problem, where it is damaged.
json object_in(const fs::path& file, StoredRun& run) {
  std::error_code none;
  if (!fs::exists(file, none)) return {};
  try {
    auto j = parsed(read_file(file, kMostText));
    if (j.is_object()) return j;
    run.problems.push_back(
        fmt::format("{}: this is not the JSON that training wrote; it is left out", file.string()));
  } catch (const Error& error) {
    run.problems.emplace_back(error.what());
  }
  return {};
}

void read_epochs(StoredRun& run) {
  const auto file = run.folder / "metrics.jsonl";
  std::error_code none;
  if (!fs::exists(file, none)) return;
  std::string text;
  try {
    text = read_file(file, kMostText);
  } catch (const Error& error) {
    run.problems.emplace_back(error.what());
    return;
  }
  std::int64_t line = 0, damaged = 0, first = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto j = parsed(text.substr(at, end - at));
    at = end + 1;
    ++line;
    if (!j.is_object() || count_at(j, "epoch") < 1) {
      if (damaged++ == 0) first = line;
      continue;
    }
    train::EpochRecord record;
    record.epoch = count_at(j, "epoch");
    record.step = count_at(j, "step");
    record.seconds = number_at(j, "seconds");
    for (const auto& [name, value] : j.items())
      if (name != "epoch" && name != "step" && name != "seconds" &&
          (value.is_number() || value.is_null()))
        record.values.emplace_back(shown(name), number_of(value));
    run.epochs.push_back(std::move(record));
  }
  if (damaged > 0)
    run.problems.push_back(
        fmt::format("{}: {} of {} lines are damaged, the first is line {}; the "
                    "others are used",
                    file.string(), damaged, line, first));
}

std::optional<Scores> scores_of(const json& result, const char* part) {
  if (!result.contains(part) || !result[part].is_object()) return std::nullopt;
  const auto& j = result[part];
  Scores scores{count_at(j, "rows"), number_at(j, "loss"), {}};
  if (j.contains("metrics") && j["metrics"].is_object())
    for (const auto& [name, value] : j["metrics"].items())
      if (value.is_number()) scores.metrics.emplace_back(shown(name), value.get<double>());
  return scores;
}

void read_result(StoredRun& run) {
  const auto j = object_in(run.folder / "result.json", run);
  if (!j.is_object()) return;
  run.end = text_at(j, "end");
  run.best_epoch = count_at(j, "best_epoch");
  run.parameters = count_at(j, "parameters");
  run.training_rows = count_at(j, "training_rows");
  run.seconds = number_at(j, "seconds");
  run.waited_seconds = number_at(j, "waited_seconds");
  run.fingerprint = text_at(j, "fingerprint");
  run.data_sha256 = text_at(j, "data_sha256");
  run.weights_sha256 = text_at(j, "weights_sha256");
  run.notes = texts_at(j, "notes");
  run.messages = texts_at(j, "messages");
  if (j.contains("events") && j["events"].is_array())
    for (const auto& event : j["events"])
      if (event.is_object())
        run.events.emplace_back(count_at(event, "step"), text_at(event, "text"));
  run.validation = scores_of(j, "validation");
  run.test = scores_of(j, "test");
  if (!j.contains("profile") || !j["profile"].is_array()) return;
  for (const auto& t : j["profile"])
    if (t.is_object())
      run.profile.push_back({text_at(t, "op"), text_at(t, "layer"), text_at(t, "kernel"), "",
                             number_at(t, "seconds"), static_cast<long>(count_at(t, "runs")),
                             number_at(t, "operations"), number_at(t, "bytes")});
}

// Model and predictions: each may be missing or damaged without the others.
void read_model(StoredRun& run) {
  std::error_code none;
  if (!run.ended()) return;
  try {
    run.bundle = experiment::load_bundle(run.folder);
  } catch (const Error& error) {
    run.problems.emplace_back(error.what());
  }
  for (const auto& [part, to] : {std::pair{"validation", &run.validation_predictions},
                                 std::pair{"test", &run.test_predictions}}) {
    const auto file = run.folder / "predictions" / fmt::format("{}.safetensors", part);
    if (!fs::exists(file, none)) continue;
    try {
      *to = experiment::load_predictions(file);
    } catch (const Error& error) {
      run.problems.emplace_back(error.what());
    }
  }
}

}  // namespace

const char* StoredRun::judged_by() const {
  const bool of_test = bundle && judged() ? test_predictions.has_value() : test.has_value();
  return of_test ? "test" : "validation";
}

StoredRun read_run(const fs::path& folder, bool whole) {
  StoredRun run;
  run.folder = folder;
  // "runs/adult/" is "adult", and "." is what it stands for.
  const auto full = fs::absolute(folder).lexically_normal();
  run.label =
      full.has_filename() ? full.filename().string() : full.parent_path().filename().string();
  std::error_code none;
  const auto file = folder / "experiment.yaml";
  if (!fs::is_directory(folder, none) || !fs::exists(file, none))
    fail("E-REPORT-14",
         "{}: this is no run: there is no experiment.yaml in it; name a folder that glia train "
         "wrote",
         folder.string());
  try {
    run.yaml = read_file(file, 1 << 22);
    run.settings = flattened(run.yaml);
    if (run.settings.empty())
      run.problems.push_back(file.string() + ": this is no YAML; settings are not compared");
  } catch (const Error& error) {
    run.problems.emplace_back(error.what());
  }
  for (const auto& [key, value] : run.settings)
    if (key == "name") run.name = value;
  if (run.name.empty()) run.name = run.label;
  read_epochs(run);
  read_result(run);
  run.command = texts_at(object_in(folder / "command.json", run), "arguments");
  if (whole) read_model(run);
  return run;
}

std::vector<std::string> value_names(const std::vector<const StoredRun*>& runs) {
  std::set<std::string> all;
  for (const auto* run : runs)
    for (const auto& epoch : run->epochs)
      for (const auto& [name, value] : epoch.values) all.insert(name);
  const auto rank = [](const std::string& name) {
    if (name == "val_loss") return 0;
    if (name == "loss") return 1;
    if (name == "learning_rate") return 4;
    return name.find("loss") == std::string::npos ? 2 : 3;
  };
  std::vector<std::string> names(all.begin(), all.end());
  std::stable_sort(names.begin(), names.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return names;
}

std::optional<bool> larger_is_better(std::string value) {
  const bool of_validation = value.starts_with("val_");
  if (of_validation) value.erase(0, 4);
  for (;;) {
    try {
      return metrics::larger_is_better(value);
    } catch (const Error&) {  // it may begin with an output's name
    }
    const auto end = value.find('_');
    if (end == std::string::npos) return std::nullopt;
    value.erase(0, end + 1);
  }
}

BestAndLast best_and_last(const StoredRun& run, const std::string& value) {
  BestAndLast found;
  const auto larger = larger_is_better(value);
  for (const auto& epoch : run.epochs) {
    const double* at = epoch.find(value);
    if (!at || !std::isfinite(*at)) continue;
    found.last = *at;
    if (!larger || (found.best && !(*larger ? *at > *found.best : *at < *found.best))) continue;
    found.best = *at, found.best_epoch = epoch.epoch;
  }
  return found;
}

}  // namespace glia::review
