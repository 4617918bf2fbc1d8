// Settings one by one, so that runs can be held against each other.
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/review/stored_run.h"

namespace glia::review {
namespace {

constexpr int kDeepest = 32;
constexpr std::size_t kLongest = 120;

std::string scalars(const YAML::Node& list) {
  std::string text = "[";
  for (const auto& item : list) text += (text.size() > 1 ? ", " : "") + item.Scalar();
  return text + "]";
}

void walk(const YAML::Node& node, const std::string& name, int depth, Settings& to) {
  if (depth > kDeepest) return;
  if (node.IsMap() && node.size() > 0) {
    for (const auto& entry : node)
      walk(entry.second, (name.empty() ? "" : name + ".") + shown(entry.first.Scalar()), depth + 1,
           to);
    return;
  }
  const auto is_scalar = [](const YAML::Node& item) { return item.IsScalar(); };
  if (node.IsSequence() && !std::all_of(node.begin(), node.end(), is_scalar)) {
    std::size_t i = 0;
    for (const auto& item : node) walk(item, fmt::format("{}[{}]", name, i++), depth + 1, to);
    return;
  }
  to.emplace_back(name, node.IsSequence() ? shown(scalars(node), kLongest)
                        : node.IsScalar() ? shown(node.Scalar(), kLongest)
                        : node.IsMap()    ? "{}"
                                          : "");
}

}  // namespace

Settings flattened(const std::string& yaml) {
  Settings settings;
  try {
    walk(YAML::Load(yaml), "", 0, settings);
  } catch (const YAML::Exception&) {  // the text is shown as it stands
    settings.clear();
  }
  return settings;
}

}  // namespace glia::review
