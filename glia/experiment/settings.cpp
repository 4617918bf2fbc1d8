#include "glia/experiment/settings.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::experiment {
namespace {

std::string joined(const std::string& path, std::string_view key) {
  if (path.empty() || key.empty()) return path + std::string(key);
  return path + "." + std::string(key);
}

}  // namespace

Settings::Settings(YAML::Node node, std::string path, std::string file, YAML::Node resolved,
                   int line)
    : node_(std::move(node)),
      path_(std::move(path)),
      file_(std::move(file)),
      resolved_(std::move(resolved)),
      line_(line) {
  if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap())
    fail("E-EXP-03", "{}: expected a mapping of settings (key: value)", where());
  if (!node_.IsDefined() || !node_.IsMap()) return;
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    if (!entry.first.IsScalar()) fail("E-EXP-03", "{}: a key must be one word", where());
    if (!seen.insert(entry.first.Scalar()).second)
      fail("E-EXP-02", "{}:{}: the key '{}' stands twice; which of the two is meant?", file_,
           entry.first.Mark().line + 1, joined(path_, entry.first.Scalar()));
  }
}

std::string Settings::where(std::string_view key) const {
  if (!key.empty() && node_.IsMap())
    for (const auto& entry : node_)
      if (entry.first.Scalar() == key) {
        const auto line = entry.first.Mark().line;
        if (line < 0) break;
        return fmt::format("{}:{}: {}", file_, line + 1, joined(path_, key));
      }
  int line = node_.IsDefined() ? node_.Mark().line : -1;
  if (line < 0) line = line_;
  const auto name = joined(path_, key);
  return fmt::format("{}{}{}", file_, line < 0 ? "" : fmt::format(":{}", line + 1),
                     name.empty() ? "" : ": " + name);
}

void Settings::rethrow(std::string_view key) const {
  try {
    throw;
  } catch (const Error& error) {
    std::string message = error.what();
    const auto code = message.rfind(" [" + error.code() + "]");
    if (code != std::string::npos) message.resize(code);
    if (message.starts_with(file_)) throw Error(error.code(), message);
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

YAML::Node Settings::find(const std::string& key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
  if (!node_.IsDefined() || !node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& constant = node_;
  return constant[key];
}

bool Settings::has(std::string_view key) {
  const auto node = find(std::string(key));
  return node.IsDefined() && !node.IsNull();
}

bool Settings::is_map(const std::string& key) {
  const auto node = find(key);
  return node.IsDefined() && node.IsMap();
}

bool Settings::is_list(const std::string& key) {
  const YAML::Node node = find(key);
  return node.IsDefined() && node.IsSequence();
}

template <class T>
T Settings::value(const std::string& key, const T& otherwise, std::string_view expected) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) {
    resolved_[key] = otherwise;
    return otherwise;
  }
  try {
    if (node.IsScalar()) {
      T result = node.as<T>();
      resolved_[key] = result;
      return result;
    }
  } catch (const YAML::Exception&) {
  }
  wrong(key, expected);
}

double Settings::real(const std::string& key, double otherwise) {
  const double number = value(key, otherwise, "a number");
  if (!std::isfinite(number)) wrong(key, "a finite number");
  resolved_[key] = fmt::format("{}", number);  // the shortest text that gives these bits again
  return number;
}
std::int64_t Settings::integer(const std::string& key, std::int64_t otherwise) {
  // YAML reads 010 as 8 and 0x10 as 16, which nobody means here.
  const YAML::Node node = find(key);
  if (node.IsDefined() && node.IsScalar()) {
    std::string_view digits = node.Scalar();
    if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.size() > 1 && digits[0] == '0') wrong(key, "a whole number without zeros before it");
  }
  return value(key, otherwise, "a whole number");
}
std::uint64_t Settings::seed(const std::string& key, std::uint64_t otherwise) {
  const std::int64_t number = integer(key, static_cast<std::int64_t>(otherwise));
  if (number < 0)
    fail("E-EXP-05", "{}: got {}, expected a whole number of at least 0", where(key), number);
  return static_cast<std::uint64_t>(number);
}
bool Settings::flag(const std::string& key, bool otherwise) {
  return value(key, otherwise, "true or false");
}
std::string Settings::text(const std::string& key, const std::string& otherwise) {
  return value(key, otherwise, "one word or text");
}

std::string Settings::required_text(const std::string& key) {
  if (!has(key)) fail("E-EXP-04", "{}: '{}' is missing", where(), key);
  return text(key, "");
}

std::int64_t Settings::required_integer(const std::string& key) {
  if (!has(key)) fail("E-EXP-04", "{}: '{}' is missing", where(), key);
  return integer(key, 0);
}

std::vector<std::string> Settings::texts(const std::string& key,
                                         const std::vector<std::string>& otherwise) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) {
    resolved_[key] = otherwise;
    return otherwise;
  }
  std::vector<std::string> values;
  if (node.IsScalar())
    values.push_back(node.Scalar());
  else if (node.IsSequence())
    for (const auto& item : node) {
      if (item.IsNull())
        fail(
            "E-EXP-03",
            "{}: item {} of the list is nothing: YAML reads null, ~ and a blank so; where the word "
            "itself is meant, put it in quotes, for example \"null\"",
            where(key), values.size() + 1);
      if (!item.IsScalar())
        fail("E-EXP-03", "{}: item {} of the list is {}, expected a word", where(key),
             values.size() + 1, item.IsMap() ? "a mapping" : "a list");
      values.push_back(item.Scalar());
    }
  else if (!node.IsNull())
    wrong(key, "a list of words");
  resolved_[key] = values;
  return values;
}

std::vector<double> Settings::reals(const std::string& key, const std::vector<double>& otherwise) {
  const YAML::Node node = find(key);
  std::vector<double> values = otherwise;
  try {
    if (node.IsDefined() && node.IsScalar())
      values = {node.as<double>()};
    else if (node.IsDefined() && node.IsSequence())
      values = node.as<std::vector<double>>();
    else if (node.IsDefined())
      wrong(key, "a number, or a list of numbers");
  } catch (const YAML::Exception&) {
    wrong(key, "a number, or a list of numbers");
  }
  for (const double v : values)
    if (!std::isfinite(v)) wrong(key, "finite numbers");
  if (node.IsDefined() || !otherwise.empty()) {
    std::vector<std::string> texts;  // the shortest text that gives these bits again
    for (const double v : values) texts.push_back(fmt::format("{}", v));
    resolved_[key] = texts;
  }
  return values;
}

std::vector<std::int64_t> Settings::integers(const std::string& key,
                                             const std::vector<std::int64_t>& otherwise,
                                             std::size_t count) {
  const std::string expected =
      count == 0   ? "a list of whole numbers"
      : count == 1 ? "a whole number"
                   : "a whole number, or " + std::to_string(count) + " of them in a list";
  const YAML::Node node = find(key);
  std::vector<std::int64_t> result = otherwise;
  try {
    if (node.IsDefined() && node.IsScalar())
      result.assign(count == 0 ? 1 : count, node.as<std::int64_t>());
    else if (node.IsDefined() && node.IsSequence() && (count == 0 || node.size() == count))
      result = node.as<std::vector<std::int64_t>>();
    else if (node.IsDefined())
      wrong(key, expected);
  } catch (const YAML::Exception&) {
    wrong(key, expected);
  }
  resolved_[key] = result;
  return result;
}

std::optional<Settings> Settings::map(const std::string& key) {
  const YAML::Node node = find(key);
  if (!node.IsDefined() || node.IsNull()) return std::nullopt;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return Settings(node, joined(path_, key), file_, resolved_[key]);
}

Settings Settings::map_or_empty(const std::string& key) {
  if (auto given = map(key)) return *given;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return {YAML::Node(YAML::NodeType::Map), joined(path_, key), file_, resolved_[key]};
}

YAML::Node Settings::raw(const std::string& key) {
  const YAML::Node node = find(key);
  if (node.IsDefined()) resolved_[key] = YAML::Clone(node);
  return node;
}

std::vector<Settings> Settings::list_of_maps(const std::string& key) {
  const YAML::Node node = find(key);
  if (!node.IsDefined()) fail("E-EXP-04", "{}: '{}' is missing", where(), key);
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
    list.emplace_back(item, fmt::format("{}[{}]", joined(path_, key), i), file_, resolved,
                      node[i].Mark().line);
  }
  return list;
}

Settings::Choice Settings::choice_of(const YAML::Node& node, const std::string& path,
                                     const std::string& file, YAML::Node resolved, int line) {
  if (node.Mark().line >= 0) line = node.Mark().line;
  if (node.IsScalar()) {
    resolved[node.Scalar()] = YAML::Node(YAML::NodeType::Map);
    return {node.Scalar(), Settings(YAML::Node(YAML::NodeType::Map), path + "." + node.Scalar(),
                                    file, resolved[node.Scalar()], line)};
  }
  if (!node.IsMap() || node.size() != 1)
    fail("E-EXP-03",
         "{}:{}: {}: expected one name, or one name with its options (name: {{option: value}})",
         file, line + 1, path);
  const auto entry = *node.begin();
  const auto name = entry.first.Scalar();
  resolved[name] = YAML::Node(YAML::NodeType::Map);
  // `dropout: 0.3` is short for `dropout: {rate: 0.3}`.
  static const std::map<std::string, std::string> kMain{
      {"dense", "units"},         {"conv2d", "filters"}, {"dropout", "rate"},
      {"leaky_relu", "slope"},    {"elu", "alpha"},      {"celu", "alpha"},
      {"max_pool2d", "pool_size"}};
  const auto main = kMain.find(name);
  if (main != kMain.end() && (entry.second.IsScalar() || entry.second.IsSequence())) {
    YAML::Node options(YAML::NodeType::Map);
    options[main->second] = entry.second;
    return {name, Settings(options, path + "." + name, file, resolved[name], line)};
  }
  return {name, Settings(entry.second, path + "." + name, file, resolved[name], line)};
}

std::optional<Settings::Choice> Settings::choice(const std::string& key) {
  const YAML::Node node = find(key);
  if (!node.IsDefined() || node.IsNull()) return std::nullopt;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return choice_of(node, joined(path_, key), file_, resolved_[key]);
}

Settings::Choice Settings::choice(const std::string& key, const std::string& otherwise) {
  if (auto given = choice(key)) return *given;
  resolved_[key] = YAML::Node(YAML::NodeType::Map);
  return choice_of(YAML::Node(otherwise), joined(path_, key), file_, resolved_[key]);
}

Settings::Choice Settings::only_choice() {
  return choice_of(node_, path_, file_, resolved_, line_);
}

void Settings::done() const {
  if (!node_.IsDefined() || !node_.IsMap()) return;
  for (const auto& entry : node_) {
    const auto key = entry.first.Scalar();
    if (std::find(known_.begin(), known_.end(), key) == known_.end())
      fail("E-EXP-02", "{}: unknown key '{}'{}", where(key), key, suggest(key, known_));
  }
}

}  // namespace glia::experiment
