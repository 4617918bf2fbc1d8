#include "glia/review/stored_run.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::review {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFolds = "folds";  // the end of a cross-validation without a final model
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

bool is_bookkeeping(const std::string& name) {
  return name == "epoch" || name == "step" || name == "seconds" || name == "batch";
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
    record.within = count_at(j, "batch");
    for (const auto& [name, value] : j.items())
      if (!is_bookkeeping(name) && (value.is_number() || value.is_null()))
        record.values.emplace_back(shown(name), number_of(value));
    run.records.push_back(std::move(record));
  }
  if (damaged > 0)
    run.problems.push_back(
        fmt::format("{}: {} of {} lines are damaged, the first is line {}; the "
                    "others are used",
                    file.string(), damaged, line, first));
}

// Of a record within an epoch, the share of the epoch's updates that were done: they are counted
// between the whole epochs around it, or as many as epochs have on average; where no epoch is
// whole, as many as rows and batch size say.
void place_records(StoredRun& run) {
  std::map<std::int64_t, std::int64_t> last_steps{{0, 0}};  // of whole epochs
  for (const auto& record : run.records)
    if (record.within == 0) last_steps[record.epoch] = record.step;
  const auto [epochs, steps] = *last_steps.rbegin();
  double usual = epochs > 0 ? static_cast<double>(steps) / static_cast<double>(epochs) : 0;
  for (const auto& [key, value] : run.settings)
    if (double size = 0; usual == 0 && key == "train.batch_size" &&
                         (size = std::strtod(value.c_str(), nullptr)) >= 1)
      usual = std::ceil(static_cast<double>(run.training_rows) / size);
  for (const auto& record : run.records) {
    auto place = static_cast<double>(record.epoch);
    if (record.within > 0) {
      const auto before = last_steps.find(record.epoch - 1), after = last_steps.find(record.epoch);
      const auto first = before == last_steps.end() ? 0 : before->second;
      const double whole =
          after == last_steps.end() ? usual : static_cast<double>(after->second - first);
      const auto done = static_cast<double>(record.step - first);
      place += whole > 0 ? std::clamp(done / whole, 0.0, 1.0) - 1 : -0.5;
    }
    run.places.push_back(place);
  }
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

std::optional<double> finite_at(const json& j, const char* key) {
  const double value = number_at(j, key);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void read_members(const json& result, StoredRun& run) {
  if (!result.contains("ensemble") || !result["ensemble"].is_object()) return;
  const auto& j = result["ensemble"];
  run.ensemble = fmt::format("{}, {}", text_at(j, "kind"), text_at(j, "combine"));
  if (!j.contains("members") || !j["members"].is_array()) return;
  for (const auto& one : j["members"])
    if (one.is_object())
      run.members.push_back({count_at(one, "seed"), count_at(one, "epochs"),
                             count_at(one, "best_epoch"), number_at(one, "weight"),
                             scores_of(one, "validation")});
}

void read_folds(StoredRun& run) {
  const auto j = object_in(run.folder / "folds.json", run);
  if (!j.is_object() || !j.contains("values") || !j["values"].is_object()) return;
  for (const auto& [name, value] : j["values"].items()) {
    if (!value.is_object()) continue;
    FoldValues values{shown(name), finite_at(value, "mean"), finite_at(value, "deviation"), {}};
    if (value.contains("folds") && value["folds"].is_array())
      for (const auto& one : value["folds"])
        values.folds.push_back(one.is_number() ? std::optional(one.get<double>()) : std::nullopt);
    run.folds.push_back(std::move(values));
  }
  // Where no final model was wanted, the folds are all.
  for (const auto& [key, value] : run.settings)
    if (run.end.empty() && key == "data.split.final_model" && value == "false") run.end = kFolds;
  if (j.contains("final") && j["final"].is_object()) run.final_model = text_at(j["final"], "model");
}

void read_result(StoredRun& run) {
  std::error_code none;
  const auto j = object_in(run.folder / "result.json", run);
  run.damaged = !j.is_object() && fs::exists(run.folder / "result.json", none);
  if (!j.is_object()) return;
  run.end = text_at(j, "end");
  run.best_epoch = count_at(j, "best_epoch");
  run.best_step = count_at(j, "best_step");
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
  read_members(j, run);
  if (!j.contains("profile") || !j["profile"].is_array()) return;
  for (const auto& t : j["profile"])
    if (t.is_object())
      run.profile.push_back({text_at(t, "op"), text_at(t, "layer"), text_at(t, "kernel"), "",
                             number_at(t, "seconds"), static_cast<long>(count_at(t, "runs")),
                             number_at(t, "operations"), number_at(t, "bytes")});
}

// The folder in which a command was given is what its experiment's whole name has before the one
// that was typed.
void read_command(StoredRun& run) {
  const auto j = object_in(run.folder / "command.json", run);
  if (!j.is_object()) return;
  run.command = texts_at(j, "arguments");
  run.data_folders = fmt::format("{}", fmt::join(texts_at(j, "folders"), ", "));
  const auto whole = text_at(j, "experiment");
  for (const auto& word : run.command)
    if (const auto end = "/" + word; whole.ends_with(end))
      run.command_folder = whole.substr(0, whole.size() - end.size());
}

// Model and predictions: each may be missing or damaged without the others.
void read_model(StoredRun& run) {
  std::error_code none;
  if ((!run.ended() && !run.damaged) || run.end == kFolds) return;
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
  place_records(run);
  read_folds(run);
  read_command(run);
  if (whole) read_model(run);
  return run;
}

std::optional<double> StoredRun::best_place() const {
  for (std::size_t i = 0; i < records.size() && best_epoch > 0; ++i)
    if (best_step > 0 ? records[i].step == best_step : records[i].epoch == best_epoch)
      return places[i];
  return std::nullopt;
}

std::string epochs_text(double epochs) {
  return epochs == std::floor(epochs) ? fmt::format("{:.0f}", epochs)
                                      : fmt::format("{:.1f}", epochs);
}

bool counts(const StoredRun& run, const train::EpochRecord& record, const std::string& value) {
  if (record.within == 0 || value.starts_with("val_") || value == "learning_rate") return true;
  return std::none_of(run.records.begin(), run.records.end(),
                      [](const auto& r) { return r.within == 0; });
}

std::vector<std::string> value_names(const std::vector<const StoredRun*>& runs) {
  std::set<std::string> all;
  for (const auto* run : runs)
    for (const auto& record : run->records)
      for (const auto& [name, value] : record.values) all.insert(name);
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
  for (const auto& record : run.records) {
    const double* at = record.find(value);
    if (!at || !std::isfinite(*at) || !counts(run, record, value)) continue;
    found.last = *at;
    if (!larger || (found.best && !(*larger ? *at > *found.best : *at < *found.best))) continue;
    found.best = *at;
  }
  return found;
}

}  // namespace glia::review
