#include "glia/experiment/agreement.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"

namespace glia::experiment {
namespace {

void flatten(const YAML::Node& node, const std::string& path, train::Settings& settings) {
  if (node.IsMap() && node.size() > 0) {
    for (const auto& entry : node) {
      const auto& key = entry.first.Scalar();
      flatten(entry.second, path.empty() ? key : path + "." + key, settings);
    }
    return;
  }
  if (node.IsSequence()) {
    std::vector<std::string> words;
    for (const auto& item : node)
      if (item.IsScalar()) words.push_back(item.Scalar());
    if (words.size() == node.size()) {
      settings.emplace(path, fmt::format("[{}]", fmt::join(words, ", ")));
      return;
    }
    for (std::size_t i = 0; i < node.size(); ++i)
      flatten(node[i], fmt::format("{}[{}]", path, i), settings);
    return;
  }
  settings.emplace(path, node.IsScalar() ? node.Scalar() : "{}");
}

// Whether a setting changes no step that was already taken.
bool is_free(std::string_view path, const Experiment& e) {
  const auto below = [&](std::string_view section) {
    return path == section || (path.starts_with(section) && path.substr(section.size())[0] == '.');
  };
  if (path == "train.epochs") return !e.fit.schedule.whole_run;
  // Of data files the content counts, not the place.
  constexpr std::string_view kFree[] = {"name",
                                        "data.source",
                                        "data.train",
                                        "data.test",
                                        "train.metrics",
                                        "train.calibrate",
                                        "train.allow",
                                        "train.checkpoint",
                                        "train.logs",
                                        "train.time_budget",
                                        "train.early_stopping.patience"};
  return std::any_of(std::begin(kFree), std::end(kFree), below);
}

}  // namespace

train::Agreement agreement(const Experiment& e, const Prepared& prepared) {
  train::Settings all;
  flatten(YAML::Load(e.resolved), "", all);
  // Nothing said of it and no, by choice, are the same rows in the same order.
  if (const auto stream = all.find("data.stream"); stream != all.end() && stream->second == "false")
    all.erase(stream);
  if (const auto precision = all.find("train.precision");  // runs of before there was another
      precision != all.end() && precision->second == name_of(Precision::f32))
    all.erase(precision);
  if (!e.start_from.empty()) {
    // Of this file, too, the content counts.
    all.erase("train.start_from"), all.erase("train.start_from.file");
    all.emplace("train.start_from (SHA-256 of the content)",
                sha256_file(e.start_from).substr(0, 16));
  }
  train::Agreement result;
  for (auto& [path, value] : all)
    (is_free(path, e) ? result.free : result.fixed).emplace(path, std::move(value));
  result.fixed.emplace("data (SHA-256 of the content)", prepared.fingerprint.substr(0, 16));
  return result;
}

}  // namespace glia::experiment
