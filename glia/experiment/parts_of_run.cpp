#include "glia/experiment/parts_of_run.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/json_problem.h"
#include "glia/experiment/agreement.h"

namespace glia::experiment {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

json read_json(const fs::path& file) {
  try {
    return json::parse(read_file(file, 1 << 26), [](int depth, json::parse_event_t, json&) {
      if (depth > 64) fail("E-EXP-21", "it is nested too deeply");
      return true;
    });
  } catch (const json::exception& error) {
    fail("E-EXP-21", "{}: it is damaged: {}; begin anew with --overwrite", file.string(),
         json_problem(error));
  }
}

template <class Read>
auto reading(const fs::path& file, Read read) {
  try {
    return read(read_json(file));
  } catch (const json::exception& error) {
    fail("E-EXP-21", "{}: it is damaged: {}; begin anew with --overwrite", file.string(),
         json_problem(error));
  }
}

}  // namespace

void expect_same_experiment(const Experiment& e, const Prepared& prepared, const fs::path& file) {
  auto now = agreement(e, prepared);
  // Free for one training that goes on, but not for those that have ended.
  for (const auto& [setting, value] : now.free)
    for (const char* of_result : {"train.epochs", "train.early_stopping.patience", "train.metrics",
                                  "train.calibrate", "train.threshold"})
      if (setting.starts_with(of_result)) now.fixed.emplace(setting, value);
  now.free.clear();
  if (!fs::exists(file)) {
    write_atomically(file, json(now.fixed).dump(1) + "\n");
    return;
  }
  train::Agreement saved;
  reading(file, [&](const json& j) {
    for (const auto& [key, value] : j.items()) saved.fixed.emplace(key, value.get<std::string>());
  });
  if (const auto refused = train::differences(saved, now).refused; !refused.empty())
    fail("E-EXP-20",
         "{}: cannot resume: these trainings were begun with other settings:\n  {}\n"
         "begin anew in another folder, or give the same again",
         file.parent_path().string(), fmt::join(refused, "\n  "));
}

std::optional<Finished> finished(const fs::path& folder) {
  const auto file = folder / "result.json";
  if (!fs::exists(file)) return std::nullopt;
  return reading(file, [](const json& j) {
    Finished f;
    f.epochs = j.at("epochs").get<std::int64_t>();
    f.best_epoch = j.at("best_epoch").get<std::int64_t>();
    f.seconds = j.at("seconds").get<double>();
    if (!j.contains("test")) return f;
    const auto& test = j.at("test");
    f.rows = test.at("rows").get<std::int64_t>();
    f.loss = test.at("loss").is_number() ? test.at("loss").get<double>() : NAN;
    for (const auto& [name, value] : test.at("metrics").items())
      f.metrics.emplace_back(name,
                             value.is_number() ? std::optional(value.get<double>()) : std::nullopt);
    return f;
  });
}

std::int64_t median(std::vector<std::int64_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const std::size_t n = numbers.size();
  return (numbers[(n - 1) / 2] + numbers[n / 2] + 1) / 2;
}

}  // namespace glia::experiment
