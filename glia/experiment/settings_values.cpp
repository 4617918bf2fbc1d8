// Numbers, words and lists of them out of settings.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "glia/base/format.h"
#include "glia/experiment/settings.h"

namespace glia::experiment {
namespace {

// As a file would say a default.
std::string in_file(double v) { return fmt::format("{}", v); }
std::string in_file(std::int64_t v) { return std::to_string(v); }
std::string in_file(bool v) { return v ? "true" : "false"; }
std::string in_file(const std::string& v) { return v.empty() ? "\"\"" : v; }
template <class T>
std::string in_file(const std::vector<T>& list) {
  return fmt::format("[{}]", fmt::join(list, ", "));
}

}  // namespace

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

double Settings::real(const std::string& key, double otherwise, std::string_view meaning) {
  describe(key, "number", in_file(otherwise), meaning);
  const double number = value(key, otherwise, "a number");
  if (!std::isfinite(number)) wrong(key, "a finite number");
  resolved_[key] = in_file(number);  // the shortest text that gives these bits again
  return number;
}
std::errc read_whole(std::string_view text, std::int64_t& number) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto digits = text.substr(text.starts_with('-') ? 1 : 0);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || (digits.size() > 1 && digits[0] == '0'))
    return std::errc::invalid_argument;
  return error;
}
std::int64_t Settings::whole_of(const std::string& key, const YAML::Node& node,
                                std::string_view expected, Range range) const {
  std::int64_t number = 0;
  const auto error =
      node.IsScalar() ? read_whole(node.Scalar(), number) : std::errc::invalid_argument;
  if (error == std::errc::invalid_argument) {
    const auto digits = node.IsScalar() ? node.Scalar().find_first_not_of("+-") : std::string::npos;
    const bool octal = digits != std::string::npos && node.Scalar()[digits] == '0' &&
                       node.Scalar().find('.') == std::string::npos;
    wrong(key, std::string(expected) + (octal ? " without zeros before it" : ""));
  }
  const bool small = error == std::errc() ? number < range.least : node.Scalar().starts_with('-');
  if (small || error != std::errc() || number > range.most)
    fail("E-EXP-05", "{}: got {}, expected at {} {}", where(key), node.Scalar(),
         small ? "least" : "most", small ? range.least : range.most);
  return number;
}
std::int64_t Settings::whole(const std::string& key, std::int64_t otherwise,
                             std::string_view meaning, Range range) {
  describe(key, "whole number", in_file(otherwise), meaning);
  const YAML::Node node = find(key);
  const std::int64_t number =
      node.IsDefined() ? whole_of(key, node, "a whole number", range) : otherwise;
  resolved_[key] = number;
  return number;
}
bool Settings::flag(const std::string& key, bool otherwise, std::string_view meaning) {
  describe(key, "true or false", in_file(otherwise), meaning);
  return value(key, otherwise, "true or false");
}
std::string Settings::text(const std::string& key, const std::string& otherwise,
                           std::string_view meaning) {
  describe(key, "text", in_file(otherwise), meaning);
  return value(key, otherwise, "one word or text");
}

std::string Settings::one_of(const std::string& key, const std::string& otherwise,
                             const std::vector<std::string>& words, std::string_view meaning) {
  const auto list = fmt::format("{}", fmt::join(words, ", "));
  describe(key, "one of " + list, otherwise, meaning);
  auto word = text(key, otherwise, meaning);
  if (std::find(words.begin(), words.end(), word) == words.end())
    fail("E-EXP-05", "{}: got '{}', expected one of {}", where(key), word, list);
  return word;
}

std::optional<double> Settings::real(const std::string& key, std::string_view meaning) {
  describe(key, "number", "", meaning);
  if (!has(key)) return std::nullopt;
  return real(key, 0, meaning);
}
std::optional<std::string> Settings::text(const std::string& key, std::string_view meaning) {
  describe(key, "text", "", meaning);
  if (!has(key)) return std::nullopt;
  return text(key, "", meaning);
}

std::string Settings::required_text(const std::string& key, std::string_view meaning) {
  describe(key, "text", "", meaning, true);
  if (!has(key) && !describing()) missing(key);
  return text(key, "", meaning);
}

std::int64_t Settings::required_integer(const std::string& key, std::string_view meaning) {
  describe(key, "whole number", "", meaning, true);
  if (has(key)) return integer(key, std::int64_t{1}, meaning);
  missing_.push_back(key);
  return 1;
}

std::vector<std::int64_t> Settings::required_integers(const std::string& key,
                                                      std::string_view meaning) {
  describe(key, "list of whole numbers", "", meaning, true);
  if (has(key)) return integers(key, {}, meaning);
  missing_.push_back(key);
  return {1};
}

std::vector<std::string> Settings::texts(const std::string& key,
                                         const std::vector<std::string>& otherwise,
                                         std::string_view meaning) {
  describe(key, "list of texts", in_file(otherwise), meaning);
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

std::vector<double> Settings::reals(const std::string& key, const std::vector<double>& otherwise,
                                    std::string_view meaning) {
  describe(key, "list of numbers", in_file(otherwise), meaning);
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
    for (const double v : values) texts.push_back(in_file(v));
    resolved_[key] = texts;
  }
  return values;
}

std::vector<std::int64_t> Settings::wholes(const std::string& key,
                                           const std::vector<std::int64_t>& otherwise,
                                           std::string_view meaning, std::size_t count,
                                           Range range) {
  const std::string expected =
      count == 0   ? "a list of whole numbers"
      : count == 1 ? "a whole number"
                   : "a whole number, or " + std::to_string(count) + " of them in a list";
  const bool same =
      count > 0 && std::equal(otherwise.begin() + 1, otherwise.end(), otherwise.begin());
  describe(key, expected.substr(expected.find(' ') + 1),
           same ? in_file(otherwise[0]) : in_file(otherwise), meaning);
  const YAML::Node node = find(key);
  std::vector<std::int64_t> result = otherwise;
  if (node.IsDefined() && node.IsSequence() && (count == 0 || node.size() == count)) {
    result.clear();
    for (const auto& item : node) result.push_back(whole_of(key, item, expected, range));
  } else if (node.IsDefined()) {
    result.assign(count == 0 ? 1 : count, whole_of(key, node, expected, range));
  }
  resolved_[key] = result;
  return result;
}

}  // namespace glia::experiment
