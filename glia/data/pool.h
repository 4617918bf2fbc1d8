// Internal: memory for the cells of a table, which are many, stay, and go together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

namespace glia::data {

// Hands out words; all are freed with the pool. What is large lies in huge pages where the system
// has them: the first touch of each small page is most of what new memory costs.
class Pool {
 public:
  std::span<std::uint64_t> take(std::size_t words) {
    if (rest_.size() < words) grow(words);
    const auto taken = rest_.first(words);
    rest_ = rest_.subspan(words);
    return taken;
  }

 private:
  struct Free {
    void operator()(std::uint64_t* words) const { std::free(words); }
  };
  void grow(std::size_t words);

  std::vector<std::unique_ptr<std::uint64_t, Free>> blocks_;
  std::span<std::uint64_t> rest_;  // of the last block
  std::size_t next_bytes_ = std::size_t{64} << 10;
};

}  // namespace glia::data
