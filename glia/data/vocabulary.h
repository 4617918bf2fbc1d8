// Different texts with numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace glia::data {

// Immutable; copies share the terms.
class Vocabulary {
 public:
  explicit Vocabulary(std::vector<std::string> terms = {});  // term i gets the number i

  std::int64_t size() const { return static_cast<std::int64_t>(state_->terms.size()); }
  const std::vector<std::string>& terms() const { return state_->terms; }
  const std::string& operator[](std::int64_t number) const {
    return state_->terms[static_cast<std::size_t>(number)];
  }
  std::int64_t find(std::string_view term) const {  // -1: unknown
    const auto found = state_->numbers.find(term);
    return found == state_->numbers.end() ? -1 : found->second;
  }
  bool distinct() const { return state_->numbers.size() == state_->terms.size(); }

 private:
  struct State {
    std::vector<std::string> terms;
    std::unordered_map<std::string_view, std::int64_t> numbers;  // views of the terms
  };
  std::shared_ptr<const State> state_;
};

// Counts of terms.
using TermCounts = std::unordered_map<std::string, std::int64_t>;

// The terms of at least `min_count`, the most frequent first, by bytes among equally frequent ones;
// at most `most` of them (0: all).
std::vector<std::string> most_frequent(const TermCounts& counts, std::int64_t min_count,
                                       std::int64_t most);

}  // namespace glia::data
