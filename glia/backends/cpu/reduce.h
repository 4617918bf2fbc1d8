// Internal: the sums that reduce.cpp is made of, for the instruction set in use.
#pragma once

#include <cstdint>

namespace glia::cpu {

struct Sums {
  double (*run)(const float* x, std::int64_t n);  // of n neighbours
  // Of `rows` rows of `columns` floats, `stride` apart; to: [columns].
  void (*columns)(const float* x, std::int64_t stride, std::int64_t rows, std::int64_t columns,
                  float* to);
};
Sums sum_functions();

}  // namespace glia::cpu
