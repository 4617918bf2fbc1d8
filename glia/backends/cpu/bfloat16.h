// Internal: many numbers to bf16 and back, for the instruction set in use; to the bit as BFloat16
// has it.
#pragma once

#include <cstdint>

#include "glia/tensor/dtype.h"

namespace glia::cpu {

struct Bf16Functions {
  void (*to)(BFloat16* to, const float* from, std::int64_t n);
  void (*from)(float* to, const BFloat16* from, std::int64_t n);
  void (*round)(float* to, const float* from, std::int64_t n);  // to bf16 and back; in place too
};

const Bf16Functions& bf16_functions();

}  // namespace glia::cpu
