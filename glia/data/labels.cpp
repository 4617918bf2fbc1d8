#include "glia/data/labels.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <utility>

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

TextIndex::TextIndex(const std::vector<std::string>& texts) {
  for (const auto& text : texts) add(text);
}

std::int64_t TextIndex::add(std::string_view text, std::string_view within) {
  if (4 * (texts_.size() + 1) > table_.size()) grow();
  const Key key(text, within);
  Entry& entry = table_[slot_of(key, text)];
  if (entry.place < 0) {
    entry = {key, size()};
    texts_.emplace_back(text);
  }
  return entry.place;
}

void TextIndex::grow() {
  const auto before = std::exchange(table_, {});
  table_.resize(std::max<std::size_t>(8, 2 * before.size()));
  for (const Entry& entry : before)
    if (entry.place >= 0)
      table_[slot_of(entry.key, texts_[static_cast<std::size_t>(entry.place)])] = entry;
}

}  // namespace glia::data
