// Internal: the order and the spelling of labels and categories.
#pragma once

#include <array>
#include <cstdint>
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
  std::vector<Entry> table_;  // a power of two, at most half full
};

// Spaces, and then any of `characters`, taken off both ends.
std::string_view strip(std::string_view text, std::string_view characters);

}  // namespace glia::data
