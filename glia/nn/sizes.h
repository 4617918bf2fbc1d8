// A number for each spatial axis: of a sequence one, of images height and width, of volumes depth,
// height and width.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <vector>

namespace glia::nn {

// 3, or {3, 5}: one number stands for every axis.
template <std::size_t Rank>
struct Sizes {
  constexpr Sizes(std::int64_t all) { each.fill(all); }                          // NOLINT
  constexpr Sizes(const std::array<std::int64_t, Rank>& sizes) : each(sizes) {}  // NOLINT
  template <std::convertible_to<std::int64_t>... More>
  requires(Rank > 1 && sizeof...(More) + 1 == Rank) constexpr Sizes(std::int64_t first,
                                                                    More... more)
      : each{first, static_cast<std::int64_t>(more)...} {}

  std::vector<std::int64_t> list() const { return {each.begin(), each.end()}; }

  std::array<std::int64_t, Rank> each{};
};

}  // namespace glia::nn
