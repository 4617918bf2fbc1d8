#include "glia/experiment/start.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {
namespace {

constexpr std::size_t kListed = 12;  // names in a line

std::string counted(const std::vector<std::string>& names) {
  const std::span listed(names.data(), std::min(names.size(), kListed));
  return fmt::format("{} {} ({}{})", with_commas(std::ssize(names)),
                     names.size() == 1 ? "parameter" : "parameters", fmt::join(listed, ", "),
                     names.size() > kListed ? ", ..." : "");
}

}  // namespace

Start started(const Experiment& e, const Graph& gradients, Store& store) {
  Start start;
  if (!e.start_from.empty()) {
    store.initialize(gradients, e.fit.seed);
    start.from = e.start_from.string();
    start.loaded = serialize::load_weights(store, e.start_from, e.start_options);
  }
  for (const Variable& variable : gradients.variables()) {
    if (variable.role != Role::parameter) continue;
    const auto* group = train::group_of(e.fit.updates.groups, variable.name);
    if (!variable.trainable || (group && group->frozen))
      start.frozen.push_back(variable.name);
    else if (group && group->from_epoch > 1)
      start.thawed[group->from_epoch].push_back(variable.name);
  }
  return start;
}

std::vector<std::string> start_lines(const Start& start, std::int64_t epochs) {
  std::vector<std::string> lines;
  if (!start.from.empty()) lines.push_back(start.from + ": " + start.loaded.text());
  if (!start.frozen.empty()) lines.push_back("frozen: " + counted(start.frozen));
  for (const auto& [epoch, names] : start.thawed)
    lines.push_back(epoch <= epochs
                        ? fmt::format("learned from epoch {}: {}", epoch, counted(names))
                        : fmt::format("warning: there are {} epochs, so what is learned from epoch "
                                      "{} on never is: {}",
                                      epochs, epoch, counted(names)));
  return lines;
}

nlohmann::json to_json(const Start& start) {
  nlohmann::json json{{"frozen", start.frozen}};
  for (const auto& [epoch, names] : start.thawed)
    json["learned_later"].push_back({{"from_epoch", epoch}, {"parameters", names}});
  if (start.from.empty()) return json;
  json["from"] = start.from;
  json["loaded"] = start.loaded.loaded;
  json["skipped"] = start.loaded.skipped;
  json["left"] = start.loaded.left;
  if (!start.loaded.unused.empty()) json["unused_renames"] = start.loaded.unused;
  return json;
}

nlohmann::json to_json(const Calibration& c) {
  return {{"temperature", c.temperature},   {"ece_before", c.error_before},
          {"ece_after", c.error_after},     {"log_loss_before", c.loss_before},
          {"log_loss_after", c.loss_after}, {"rows", c.rows}};
}

}  // namespace glia::experiment
