// Internal: the micro-ops of the elementwise interpreter, for the instruction set in use.
#pragma once

#include <cstdint>

#include "glia/ops/elementwise.h"

namespace glia::cpu {

// to[i] = micro(a[i], b[i], c[i]) for i < n. `to` may be one of the operands. An operand that is
// one number is read once, before anything is written. Booleans are 0.0f and 1.0f.
using MicroFunction = void (*)(float* to, const float* a, const float* b, const float* c,
                               float parameter, std::int64_t n);

struct MicroTable {
  // By code, and by which operands are one number: bit i for operand i. Null where all are.
  MicroFunction of[kMicros][8];
  MicroFunction keep_greater[8];  // a > b ? c : 0, relu's gradient, as one step
  void (*from_booleans)(float* to, const std::uint8_t* from, std::int64_t n);
  void (*to_booleans)(std::uint8_t* to, const float* from, std::int64_t n);
  // Each of `rows` numbers, `step` apart, `columns` times. Writes up to 16 floats more.
  void (*repeat)(float* to, const float* from, std::int64_t step, std::int64_t rows,
                 std::int64_t columns);
};

const MicroTable& micro_table();

}  // namespace glia::cpu
