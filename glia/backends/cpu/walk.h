// Internal: how the elements of several operands lie along one walk over memory.
#pragma once

#include <cstdint>
#include <vector>

#include "glia/ir/graph.h"

namespace glia::cpu {

// The sizes of a value's dimensions in the order in which they lie in memory, outermost first:
// [N, H, W, C] for channels_last, [N, C/8, H, W, 8] for blocked8.
std::vector<std::int64_t> memory_sizes(const Type& type);

// Elements between neighbours along each dimension, where they lie densely in this order.
std::vector<std::int64_t> row_major(const std::vector<std::int64_t>& sizes);

// For each of these dimensions of `over`, how many elements lie between neighbours of `operand`,
// which broadcasts to over's shape: 0 where it is repeated. Empty where its layout cuts dimensions
// in another way than over's.
std::vector<std::int64_t> memory_strides(const Type& operand, const Type& over);

// A walk over the elements of a value in memory order, and where operands are meanwhile, with as
// few dimensions as they allow.
struct Walk {
  std::vector<std::int64_t> sizes;                 // outermost first; never empty
  std::vector<std::vector<std::int64_t>> strides;  // of each operand, in elements

  std::int64_t rows() const;  // product of all sizes but the innermost
  std::int64_t columns() const { return sizes.back(); }
  std::int64_t step(std::size_t operand) const { return strides[operand].back(); }
  // Where the operand is at the start of a row.
  std::int64_t offset(std::size_t operand, std::int64_t row) const {
    const auto& s = strides[operand];
    if (sizes.size() == 2) return row * s[0];
    std::int64_t at = 0;
    for (std::size_t i = sizes.size() - 1; i-- > 0; row /= sizes[i]) at += row % sizes[i] * s[i];
    return at;
  }
  // Whether the operand has an element of its own for each place, in this order.
  bool whole(std::size_t operand) const;
};

// Merges dimensions. `strides` as memory_strides gives them.
Walk collapse(std::vector<std::int64_t> sizes, std::vector<std::vector<std::int64_t>> strides);

}  // namespace glia::cpu
