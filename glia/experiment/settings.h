// Internal: reading settings from YAML so that nothing is silent. Every key that is asked for is
// known; every other is an error with its line; every value, taken or default, is written down.
#pragma once

#include <yaml-cpp/yaml.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "glia/experiment/reference.h"

namespace glia::experiment {

// Where settings come from: the file's name, and what --set replaced ("model.layers[0].dense").
struct Source {
  std::string file;
  std::vector<std::string> set = {};
};
using Origin = std::shared_ptr<const Source>;

// A whole number in decimal digits. Otherwise std::errc: result_out_of_range where 64 bits do not
// hold it, invalid_argument for any other text; leading zeros are one, for YAML reads 010 as 8.
std::errc read_whole(std::string_view text, std::int64_t& number);

struct Range {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();

  template <std::integral Int>
  Range within() const {
    Range r = *this;
    if (std::cmp_less(r.least, std::numeric_limits<Int>::min()))
      r.least = std::numeric_limits<Int>::min();
    if (std::cmp_greater(r.most, std::numeric_limits<Int>::max()))
      r.most = std::numeric_limits<Int>::max();
    return r;
  }
};

// One mapping of the file. `path` is where it stands ("train.optimizer"), for messages.
//
// A value is described where it is read: each reader takes its meaning in one line. A mapping can
// be read without a file only to note what is asked for (options_of()): then every key is absent,
// what has no default is 1 or a first name, and a list has one item.
class Settings {
 public:
  // `line`: where a node stands that was not read but made (from 0).
  Settings(YAML::Node node, std::string path, Origin origin, YAML::Node resolved, int line = -1);

  bool has(std::string_view key);
  bool has(std::string_view key, std::string_view inner);  // in the mapping under `key`
  bool is_map(const std::string& key);
  bool is_list(const std::string& key);
  const std::string& path() const { return path_; }

  // The value under a key, or the default where it is absent. E-EXP-03 for another kind of value.
  double real(const std::string& key, double otherwise, std::string_view meaning);
  // Within the range, and within that of its type: E-EXP-05.
  template <std::integral Int>
  Int integer(const std::string& key, Int otherwise, std::string_view meaning, Range range = {}) {
    return static_cast<Int>(
        whole(key, static_cast<std::int64_t>(otherwise), meaning, range.within<Int>()));
  }
  bool flag(const std::string& key, bool otherwise, std::string_view meaning);
  std::string text(const std::string& key, const std::string& otherwise, std::string_view meaning);
  // E-EXP-05 for another word than these.
  std::string one_of(const std::string& key, const std::string& otherwise,
                     const std::vector<std::string>& words, std::string_view meaning);
  std::vector<std::string> texts(const std::string& key, const std::vector<std::string>& otherwise,
                                 std::string_view meaning);
  // One number or several; nothing is written down where nothing is given and `otherwise` is empty.
  std::vector<double> reals(const std::string& key, const std::vector<double>& otherwise,
                            std::string_view meaning);
  // A number, or a list of them; with a count, that many, for which a single number stands too.
  template <std::integral Int = std::int64_t>
  std::vector<Int> integers(const std::string& key, const std::vector<Int>& otherwise,
                            std::string_view meaning, std::size_t count = 0) {
    const auto all =
        wholes(key, {otherwise.begin(), otherwise.end()}, meaning, count, Range{}.within<Int>());
    std::vector<Int> list;
    for (const std::int64_t one : all) list.push_back(static_cast<Int>(one));
    return list;
  }

  // The same where absence means something of its own, which `meaning` says.
  std::optional<double> real(const std::string& key, std::string_view meaning);
  template <std::integral Int = std::int64_t>
  std::optional<Int> integer(const std::string& key, std::string_view meaning, Range range = {}) {
    describe(key, "whole number", "", meaning);
    if (!has(key)) return std::nullopt;
    return integer(key, Int{0}, meaning, range);
  }
  std::optional<std::string> text(const std::string& key, std::string_view meaning);

  // The same without a default. Where it is missing: E-EXP-04 at once (a text), or from done(),
  // which first names what stands there in its place (a number: 1 until then).
  std::string required_text(const std::string& key, std::string_view meaning);
  std::int64_t required_integer(const std::string& key, std::string_view meaning);
  std::vector<std::int64_t> required_integers(const std::string& key, std::string_view meaning);

  // A mapping, where it is there; or also where not, so that its defaults are written down.
  std::optional<Settings> map(const std::string& key, std::string_view meaning,
                              std::string_view likely = "");
  // Where a value stands instead of options, done() refuses it (E-EXP-03) and shows the form, with
  // the value as the option `likely`.
  Settings map_or_empty(const std::string& key, std::string_view meaning,
                        std::string_view likely = "");
  Settings required_map(const std::string& key, std::string_view meaning, std::string_view hint);
  // Anything, of which `type` says the form; copied to the resolved file as it is.
  YAML::Node raw(const std::string& key, std::string_view type, std::string_view meaning);
  // `otherwise`: names that stand in its place where it is absent; without, that is E-EXP-04.
  std::vector<Settings> list_of_maps(const std::string& key, std::string_view meaning,
                                     const std::vector<std::string>& otherwise = {});

  // A choice with options: `adam`, or `adam: {learning_rate: 1e-3}`. The name, and its settings.
  // `kind` is what is chosen: "optimizer".
  struct Choice;
  std::optional<Choice> choice(const std::string& key, std::string_view kind,
                               std::string_view meaning);
  Choice choice(const std::string& key, const std::string& otherwise, std::string_view kind,
                std::string_view meaning);
  Choice required_choice(const std::string& key, const std::vector<std::string>& names,
                         std::string_view kind, std::string_view meaning);

  // `dropout: 0.3`: a value alone becomes this option; "": E-EXP-03 that shows the form with
  // options.
  void give_value(const std::string& option, const std::vector<Option>& options);
  bool has_value() const { return value_.has_value(); }
  void expect_options() const;  // E-EXP-03 where a value stands instead

  // A choice that has no options is written down as one word.
  void shorten(const std::string& key);

  // Notes a key for the reference where the readers above cannot say it all. The first note holds.
  void describe(const std::string& key, std::string_view type, std::string_view otherwise,
                std::string_view meaning, bool required = false);
  bool describing() const { return sheet_ != nullptr; }

  // All keys were asked for: E-EXP-02 otherwise, with the line and the nearest known key. E-EXP-04
  // for a number that is missing.
  void done() const;

  // "adult.yaml:12: train.epochs", or "--set train.epochs": the start of a message about a key (or
  // about the mapping itself).
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

  // The same for a function that is called later.
  template <class Result, class... Inputs>
  void place(std::function<Result(Inputs...)>& function) const {
    if (!function) return;
    function = [here = *this, inner = std::move(function)](Inputs... inputs) {
      return here.placed("", [&] { return inner(inputs...); });
    };
  }

  Choice only_choice();  // of a mapping that is one: an item of a list of layers

  static Choice choice_of(const YAML::Node& node, const std::string& path, const Origin& origin,
                          YAML::Node resolved, int line = -1);

 private:
  friend std::vector<Option> options_of(const std::function<void(Settings&)>& read);
  YAML::Node find(const std::string& key);
  // The one place where a whole number is read.
  std::int64_t whole_of(const std::string& key, const YAML::Node& node, std::string_view expected,
                        Range range) const;
  std::int64_t whole(const std::string& key, std::int64_t otherwise, std::string_view meaning,
                     Range range);
  std::vector<std::int64_t> wholes(const std::string& key,
                                   const std::vector<std::int64_t>& otherwise,
                                   std::string_view meaning, std::size_t count, Range range);
  [[noreturn]] void rethrow(std::string_view key) const;
  [[noreturn]] void wrong(std::string_view key, std::string_view expected) const;
  // E-EXP-04, or E-EXP-02 where a key stands there that is nearly this one.
  [[noreturn]] void missing(const std::string& key, std::string_view hint = "") const;
  std::vector<std::string> unknown() const;  // keys that nobody has asked for
  Settings below(const std::string& key, const YAML::Node& node);
  template <class T>
  T value(const std::string& key, const T& otherwise, std::string_view expected);

  YAML::Node node_;
  std::optional<YAML::Node> value_;  // stands there instead of a mapping
  std::string likely_;               // the option that it may be
  std::string path_;
  Origin origin_;
  mutable YAML::Node resolved_;
  int line_ = -1;
  std::vector<std::string> known_, missing_;
  std::vector<Option>* sheet_ = nullptr;
};

// What `read` asks for, in its order.
std::vector<Option> options_of(const std::function<void(Settings&)>& read);

// Of what has these options, the one that `name: value` gives: the first, where it is what one
// chooses the thing for. Empty: none.
std::string main_option(const std::vector<Option>& options);

struct Settings::Choice {
  std::string name;
  Settings options;
};

}  // namespace glia::experiment
