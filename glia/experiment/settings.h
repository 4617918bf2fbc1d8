// Internal: reading settings from YAML so that nothing is silent. Every key that is asked for is
// known; every other is an error with its line; every value, taken or default, is written down.
#pragma once

#include <yaml-cpp/yaml.h>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glia::experiment {

// One mapping of the file. `path` is where it stands ("train.optimizer"), for messages.
class Settings {
 public:
  // `line`: where a node stands that was not read but made (from 0).
  Settings(YAML::Node node, std::string path, std::string file, YAML::Node resolved, int line = -1);

  bool has(std::string_view key);
  bool is_map(const std::string& key);
  bool is_list(const std::string& key);
  const std::string& path() const { return path_; }

  // The value under a key, or the default where it is absent. E-EXP-03 for another kind of value.
  double real(const std::string& key, double otherwise);
  std::int64_t integer(const std::string& key, std::int64_t otherwise);
  std::uint64_t seed(const std::string& key, std::uint64_t otherwise);  // E-EXP-05 below 0
  bool flag(const std::string& key, bool otherwise);
  std::string text(const std::string& key, const std::string& otherwise);
  std::vector<std::string> texts(const std::string& key, const std::vector<std::string>& otherwise);
  // One number or several; nothing is written down where nothing is given and `otherwise` is empty.
  std::vector<double> reals(const std::string& key, const std::vector<double>& otherwise);
  // A number, or a list of them; with a count, that many, for which a single number stands too.
  std::vector<std::int64_t> integers(const std::string& key,
                                     const std::vector<std::int64_t>& otherwise,
                                     std::size_t count = 0);

  // The same without a default: E-EXP-04.
  std::string required_text(const std::string& key);
  std::int64_t required_integer(const std::string& key);

  std::optional<Settings> map(const std::string& key);  // a mapping, where it is there
  Settings map_or_empty(const std::string& key);        // so that its defaults are written down
  YAML::Node raw(const std::string& key);  // anything; copied to the resolved file as it is
  std::vector<Settings> list_of_maps(const std::string& key);

  // A choice with options: `adam`, or `adam: {learning_rate: 1e-3}`. The name, and its settings.
  struct Choice;
  std::optional<Choice> choice(const std::string& key);
  Choice choice(const std::string& key, const std::string& otherwise);

  // All keys were asked for: E-EXP-02 otherwise, with the line and the nearest known key.
  void done() const;

  // "adult.yaml:12: train.epochs": the start of a message about a key (or about the mapping
  // itself).
  std::string where(std::string_view key = "") const;
  // Adds where() to errors without a place that `make` throws.
  template <class Make>
  auto placed(std::string_view key, Make make) const -> decltype(make()) {
    try {
      return make();
    } catch (const std::exception&) {
      rethrow(key);
    }
  }

  Choice only_choice();  // of a mapping that is one: an item of a list of layers

  static Choice choice_of(const YAML::Node& node, const std::string& path, const std::string& file,
                          YAML::Node resolved, int line = -1);

 private:
  YAML::Node find(const std::string& key);
  [[noreturn]] void rethrow(std::string_view key) const;
  [[noreturn]] void wrong(std::string_view key, std::string_view expected) const;
  template <class T>
  T value(const std::string& key, const T& otherwise, std::string_view expected);

  YAML::Node node_;
  std::string path_, file_;
  mutable YAML::Node resolved_;
  int line_ = -1;
  std::vector<std::string> known_;
};

struct Settings::Choice {
  std::string name;
  Settings options;
};

}  // namespace glia::experiment
