// Internal: a matrix that many products in a row share, copied once into panels as wide as the tile
// kernel's, so that the steps of a panel lie one after the other.
#pragma once

#include <cstddef>
#include <cstdint>

namespace glia::cpu {

// B: [k, n]. The panels' memory belongs to the caller.
class PackedWeight {
 public:
  PackedWeight(std::int64_t k, std::int64_t n);

  std::size_t floats() const;
  std::int64_t columns() const { return n_; }
  // B(p, j) = from[p * step + j * column].
  void pack(const float* from, std::int64_t step, std::int64_t column, float* panels) const;
  // C += A B, or C = A B. A: rows of k floats, a_row apart; C: rows of n floats, c_row apart. The
  // same bits for a row whatever rows are beside it.
  void multiply(const float* panels, std::int64_t rows, const float* a, std::int64_t a_row,
                bool accumulate, float* c, std::int64_t c_row) const;

 private:
  std::int64_t k_, n_, width_, block_;
};

}  // namespace glia::cpu
