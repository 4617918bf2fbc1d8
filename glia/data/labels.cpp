#include "glia/data/labels.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "glia/base/text.h"

namespace glia::data {
namespace {

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::string> in_order(const std::vector<std::string_view>& texts) {
  std::vector<std::string> ordered(texts.begin(), texts.end());
  std::sort(ordered.begin(), ordered.end());
  ordered.erase(std::unique(ordered.begin(), ordered.end()), ordered.end());
  if (std::all_of(ordered.begin(), ordered.end(),
                  [](const auto& t) { return whole(t).has_value(); }))
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const auto& a, const auto& b) { return *whole(a) < *whole(b); });
  return ordered;
}

std::string_view strip(std::string_view text, std::string_view characters) {
  text = trim(text);
  const auto first = text.find_first_not_of(characters);
  if (first == text.npos) return {};
  return trim(text.substr(first, text.find_last_not_of(characters) - first + 1));
}

std::unordered_map<std::string_view, std::int64_t> places(const std::vector<std::string>& ordered) {
  std::unordered_map<std::string_view, std::int64_t> at;
  for (const auto& text : ordered) at.emplace(text, static_cast<std::int64_t>(at.size()));
  return at;
}

}  // namespace glia::data
