#include "glia/experiment/settings.h"

#include <algorithm>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/experiment/other_names.h"

namespace glia::experiment {
namespace {

std::string joined(const std::string& path, std::string_view key) {
  if (path.empty() || key.empty()) return path + std::string(key);
  return path + "." + std::string(key);
}

// Whether `path` is `above`, or stands below it.
bool is_at_or_below(std::string_view path, std::string_view above) {
  return path == above || (path.starts_with(above) && (above.empty() || path[above.size()] == '.' ||
                                                       path[above.size()] == '['));
}

bool is_value(const YAML::Node& node) {
  return node.IsDefined() && (node.IsScalar() || node.IsSequence());
}

// As one line of a message has it.
std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return shown(node.Scalar());
  YAML::Emitter out;
  out << YAML::Flow << node;
  return shown(out.c_str());
}

}  // namespace

Settings::Settings(YAML::Node node, std::string path, Origin origin, YAML::Node resolved, int line)
    : node_(is_value(node) ? YAML::Node(YAML::NodeType::Map) : node),
      path_(std::move(path)),
      origin_(std::move(origin)),
      resolved_(std::move(resolved)),
      line_(line) {
  if (is_value(node)) {
    if (node.Mark().line >= 0) line_ = node.Mark().line;
    value_.emplace(std::move(node));
  }
  if (!node_.IsDefined() || !node_.IsMap()) return;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) fail("E-EXP-03", "{}: a key must be one word", where());
    if (!seen.insert(entry.first.Scalar()).second)
      fail("E-EXP-02", "{}:{}: the key '{}' stands twice; which of the two is meant?",
           origin_->file, entry.first.Mark().line + 1, joined(path_, entry.first.Scalar()));
  }
}

std::string Settings::where(std::string_view key) const {
  const auto name = joined(path_, key);
  std::string with;
  for (const auto& set : origin_->set) {
    if (is_at_or_below(name, set)) return "--set " + set + (name == set ? "" : ": " + name);
    if (key.empty() && is_at_or_below(set, name)) with += " (with --set " + set + ")";
  }
  int line = -1;
  if (!key.empty() && node_.IsMap())
    for (const auto& entry : node_)
      if (entry.first.Scalar() == key) line = entry.first.Mark().line;
  if (line < 0 && node_.IsDefined()) line = node_.Mark().line;
  if (line < 0) line = line_;
  return fmt::format("{}{}{}{}", origin_->file, line < 0 ? "" : fmt::format(":{}", line + 1),
                     name.empty() ? "" : ": " + name, with);
}

void Settings::rethrow(std::string_view key) const {
  try {
    throw;
  } catch (const Error& error) {
    std::string message = error.what();
    const auto code = message.rfind(" [" + error.code() + "]");
    if (code != std::string::npos) message.resize(code);
    if (describing() || message.starts_with(origin_->file) || message.starts_with("--set "))
      throw Error(error.code(), message);
    throw Error(error.code(), where(key) + ": " + message);
  }
}

void Settings::wrong(std::string_view key, std::string_view expected) const {
  const YAML::Node node = node_[std::string(key)];
  const auto got = node.IsScalar() ? fmt::format("'{}'", node.Scalar())
                   : node.IsMap()  ? std::string("a mapping")
                   : node.IsNull() ? std::string("nothing")
                                   : std::string("a list");
  fail("E-EXP-03", "{}: got {}, expected {}", where(key), got, expected);
}

void Settings::expect_options() const {
  if (!value_) return;
  const auto dot = path_.rfind('.');
  const auto name = dot == std::string::npos ? path_ : path_.substr(dot + 1);
  const auto got = text_of(*value_);
  if (known_.empty())
    fail("E-EXP-03", "{}: got {}, and it has no options; write {} alone", where(), got, name);
  const std::string likely = likely_.empty() ? known_.front() : likely_;
  const auto example = likely_.empty() ? std::string("...") : got;
  fail("E-EXP-03", "{}: got {}, expected options: write {}: {{{}: {}}}; there are {}", where(), got,
       name, likely, example, fmt::join(known_, ", "));
}

void Settings::give_value(const std::string& option, const std::vector<Option>& options) {
  if (option.empty()) {
    known_.clear();
    for (const auto& one : options) known_.push_back(one.name);
    expect_options();
  }
  node_[option] = *value_;
  value_.reset();
}

std::vector<std::string> Settings::unknown() const {
  std::vector<std::string> keys;
  if (!node_.IsDefined() || !node_.IsMap()) return keys;
  for (const auto& entry : node_)
    if (std::find(known_.begin(), known_.end(), entry.first.Scalar()) == known_.end())
      keys.push_back(entry.first.Scalar());
  return keys;
}

void Settings::missing(const std::string& key, std::string_view hint) const {
  expect_options();
  if (const auto near = nearest(key, unknown()); !near.empty())
    fail("E-EXP-02", "{}: unknown key '{}'; did you mean '{}'?", where(near), near, key);
  fail("E-EXP-04", "{}: '{}' is missing{}", where(), key, hint);
}

YAML::Node Settings::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  if (!node_.IsDefined() || !node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& constant = node_;
  return constant[key];
}

void Settings::describe(const std::string& key, std::string_view type, std::string_view otherwise,
                        std::string_view meaning, bool required) {
  if (!describing()) return;
  const auto name = joined(path_, key);
  for (const auto& option : *sheet_)
    if (option.name == name) return;
  sheet_->push_back(
      {name, std::string(type), std::string(otherwise), std::string(meaning), required});
}

bool Settings::has(std::string_view key) {
  const auto node = find(std::string(key));
  return node.IsDefined() && !node.IsNull();
}

bool Settings::has(std::string_view key, std::string_view inner) {
  const auto node = find(std::string(key));
  return node.IsDefined() && node.IsMap() && node[std::string(inner)].IsDefined();
}

bool Settings::is_map(const std::string& key) {
  const auto node = find(key);
  return node.IsDefined() && node.IsMap();
}

bool Settings::is_list(const std::string& key) {
  const YAML::Node node = find(key);
  return node.IsDefined() && node.IsSequence();
}

Settings Settings::below(const std::string& key, const YAML::Node& node) {
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  Settings inner(node, joined(path_, key), origin_, resolved_[key]);
  inner.sheet_ = sheet_;
  return inner;
}

std::optional<Settings> Settings::map(const std::string& key, std::string_view meaning,
                                      std::string_view likely) {
  describe(key, "options", "", meaning);
  const YAML::Node node = find(key);
  if (describing()) return below(key, YAML::Node(YAML::NodeType::Map));
  if (!node.IsDefined() || node.IsNull()) return std::nullopt;
  Settings inner = below(key, node);
  inner.likely_ = likely;
  return inner;
}

Settings Settings::map_or_empty(const std::string& key, std::string_view meaning,
                                std::string_view likely) {
  if (auto given = map(key, meaning, likely)) return *given;
  return below(key, YAML::Node(YAML::NodeType::Map));
}

Settings Settings::required_map(const std::string& key, std::string_view meaning,
                                std::string_view hint) {
  if (auto given = map(key, meaning)) return *given;
  missing(key, hint);
}

YAML::Node Settings::raw(const std::string& key, std::string_view type, std::string_view meaning) {
  describe(key, type, "", meaning);
  const YAML::Node node = find(key);
  if (node.IsDefined()) resolved_[key] = YAML::Clone(node);
  return node;
}

std::vector<Settings> Settings::list_of_maps(const std::string& key, std::string_view meaning,
                                             const std::vector<std::string>& otherwise) {
  describe(key, "list", "", meaning);
  if (describing()) return {below(key + "[]", YAML::Node(YAML::NodeType::Map))};
  const YAML::Node given = find(key);
  if (!given.IsDefined() && otherwise.empty()) missing(key);
  const YAML::Node node = given.IsDefined() ? given : YAML::Node(otherwise);
  if (!node.IsSequence()) wrong(key, "a list");
  resolved_[key] = YAML::Node(YAML::NodeType::Sequence);
  std::vector<Settings> list;
  for (std::size_t i = 0; i < node.size(); ++i) {
    YAML::Node item;
    if (node[i].IsScalar()) {
      item[node[i].Scalar()] = YAML::Node(YAML::NodeType::Map);  // `- flatten` is `- flatten: {}`
    } else {
      item = node[i];
    }
    YAML::Node resolved(YAML::NodeType::Map);
    resolved_[key].push_back(resolved);
    list.emplace_back(item, fmt::format("{}[{}]", joined(path_, key), i), origin_, resolved,
                      node[i].Mark().line);
  }
  return list;
}

std::string main_option(const std::vector<Option>& options) {
  static const std::set<std::string> all{
      "alpha",  "axis",         "decay",     "delta",  "dims",    "every",         "factor",
      "gain",   "lambda",       "layer",     "layers", "filters", "learning_rate", "milestones",
      "n",      "output_size",  "pool_size", "rate",   "sides",   "size",          "slope",
      "stddev", "target_shape", "units",     "value"};
  return !options.empty() && all.contains(options.front().name) ? options.front().name : "";
}

Settings::Choice Settings::choice_of(const YAML::Node& node, const std::string& path,
                                     const Origin& origin, YAML::Node resolved, int line) {
  if (node.Mark().line >= 0) line = node.Mark().line;
  if (node.IsScalar()) {
    resolved[node.Scalar()] = YAML::Node(YAML::NodeType::Map);
    return {node.Scalar(), Settings(YAML::Node(YAML::NodeType::Map), path + "." + node.Scalar(),
                                    origin, resolved[node.Scalar()], line)};
  }
  if (!node.IsMap() || node.size() != 1)
    fail("E-EXP-03",
         "{}: expected one name, or one name with its options (name: {{option: value}})",
         Settings(YAML::Node(YAML::NodeType::Map), path, origin, YAML::Node(), line).where());
  const auto entry = *node.begin();
  const auto name = entry.first.Scalar();
  resolved[name] = YAML::Node(YAML::NodeType::Map);
  return {name, Settings(entry.second, path + "." + name, origin, resolved[name], line)};
}

std::optional<Settings::Choice> Settings::choice(const std::string& key, std::string_view kind,
                                                 std::string_view meaning) {
  describe(key, kind, "", meaning);
  const YAML::Node node = find(key);
  if (!node.IsDefined() || node.IsNull()) return std::nullopt;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return choice_of(node, joined(path_, key), origin_, resolved_[key]);
}

Settings::Choice Settings::choice(const std::string& key, const std::string& otherwise,
                                  std::string_view kind, std::string_view meaning) {
  describe(key, kind, otherwise, meaning);
  if (auto given = choice(key, kind, meaning)) return *given;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return choice_of(YAML::Node(otherwise), joined(path_, key), origin_, resolved_[key]);
}

Settings::Choice Settings::required_choice(const std::string& key,
                                           const std::vector<std::string>& names,
                                           std::string_view kind, std::string_view meaning) {
  describe(key, kind, "", meaning, true);
  if (describing()) return choice(key, names.front(), kind, meaning);
  if (auto given = choice(key, kind, meaning)) return *given;
  missing(key, suggest("", names));
}

void Settings::shorten(const std::string& key) {
  const YAML::Node written = resolved_[key];
  if (!written.IsMap() || written.size() != 1 || written.begin()->second.size() > 0) return;
  resolved_[key] = std::string(written.begin()->first.Scalar());
}

Settings::Choice Settings::only_choice() {
  return choice_of(node_, path_, origin_, resolved_, line_);
}

void Settings::done() const {
  if (describing()) return;
  expect_options();
  for (const auto& key : unknown())
    fail("E-EXP-02", "{}: unknown key '{}'{}", where(key), key, suggest_ours(key, known_));
  if (!missing_.empty()) missing(missing_.front());
}

std::vector<Option> options_of(const std::function<void(Settings&)>& read) {
  std::vector<Option> sheet;
  Settings settings(YAML::Node(YAML::NodeType::Map), "", std::make_shared<Source>(),
                    YAML::Node(YAML::NodeType::Map));
  settings.sheet_ = &sheet;
  read(settings);
  return sheet;
}

}  // namespace glia::experiment
