#include "glia/data/labels.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
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

TextIndex::Key::Key(std::string_view text, std::string_view within) : size(text.size()) {
  static constexpr auto kMasks = [] {
    std::array<std::array<std::uint64_t, 2>, kShort + 1> masks{};
    for (std::size_t n = 0; n <= kShort; ++n)
      for (std::size_t i = 0; i < n; ++i) masks[n][i / 8] |= std::uint64_t{0xFF} << i % 8 * 8;
    return masks;
  }();
  if (size > kShort) {
    hash = std::hash<std::string_view>{}(text);
    return;
  }
  const std::less_equal<const char*> not_behind;
  const char* bytes = text.data();
  char padded[kShort] = {};
  // Lengths cannot be foreseen, so that a copy of so many bytes would cost more than all else.
  if (within.empty() || !not_behind(within.data(), bytes) ||
      !not_behind(bytes + kShort, within.data() + within.size())) {
    std::copy(text.begin(), text.end(), padded);
    bytes = padded;
  }
  std::memcpy(halves.data(), bytes, kShort);
  halves[0] &= kMasks[size][0], halves[1] &= kMasks[size][1];
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  hash = (std::rotl(halves[0] * kOdd, 32) ^ halves[1] ^ size) * kOdd;
  hash ^= hash >> 32;
}

TextIndex::TextIndex(const std::vector<std::string>& texts) {
  for (const auto& text : texts) add(text);
}

// Where the text is, or would be put.
std::size_t TextIndex::slot_of(const Key& key, std::string_view text) const {
  const std::size_t mask = table_.size() - 1;
  for (std::size_t at = key.hash & mask;; at = (at + 1) & mask) {
    const Entry& entry = table_[at];
    if (entry.place < 0) return at;
    if (entry.key.size == key.size && entry.key.halves[0] == key.halves[0] &&
        entry.key.halves[1] == key.halves[1] &&
        (key.size <= kShort || texts_[static_cast<std::size_t>(entry.place)] == text))
      return at;
  }
}

std::int64_t TextIndex::find(std::string_view text, std::string_view within) const {
  return table_.empty() ? -1 : table_[slot_of(Key(text, within), text)].place;
}

std::int64_t TextIndex::add(std::string_view text, std::string_view within) {
  if (2 * (texts_.size() + 1) > table_.size()) grow();
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
