// Internal: the order and the spelling of labels and categories.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace glia::data {

// The different texts in a stable order: by value where all are whole numbers, else by bytes.
std::vector<std::string> in_order(const std::vector<std::string_view>& texts);

// Different texts and their places, 0, 1, ... in the order in which they came. Texts are short, and
// are asked for once for each row: up to 16 bytes they are compared as two numbers. `within`: a
// text that has them in it, where there is one, of which more than they are may then be read.
class TextIndex {
 public:
  TextIndex() = default;
  explicit TextIndex(const std::vector<std::string>& texts);  // different ones

  std::int64_t find(std::string_view text, std::string_view within = {}) const;  // -1: none of them
  std::int64_t add(std::string_view text, std::string_view within = {});  // a new one comes last
  std::int64_t size() const { return static_cast<std::int64_t>(texts_.size()); }
  const std::vector<std::string>& texts() const { return texts_; }

 private:
  static constexpr std::size_t kShort = 16;
  struct Key {
    std::array<std::uint64_t, 2> halves = {};  // of a short text, and zeros behind it
    std::size_t size = 0;
    std::uint64_t hash = 0;
    Key() = default;
    Key(std::string_view text, std::string_view within);
  };
  struct Entry {
    Key key;
    std::int64_t place = -1;
  };
  std::size_t slot_of(const Key& key, std::string_view text) const;
  void grow();

  std::vector<std::string> texts_;
  std::vector<Entry> table_;  // a power of two, at most a quarter full
};

inline TextIndex::Key::Key(std::string_view text, std::string_view within) : size(text.size()) {
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

// Where the text is, or would be put.
inline std::size_t TextIndex::slot_of(const Key& key, std::string_view text) const {
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

inline std::int64_t TextIndex::find(std::string_view text, std::string_view within) const {
  return table_.empty() ? -1 : table_[slot_of(Key(text, within), text)].place;
}

// Spaces, and then any of `characters`, taken off both ends.
std::string_view strip(std::string_view text, std::string_view characters);

}  // namespace glia::data
