// Internal: what the optimizers' kernels are given.
#pragma once

#include <cstdint>

namespace glia::cpu {

struct AdamNumbers {
  float one_less_beta1 = 0, beta2 = 0, one_less_beta2 = 0, weight_decay = 0;
  float rate_corrected = 0;     // learning_rate * sqrt(1 - beta2^t) / (1 - beta1^t)
  float epsilon_corrected = 0;  // epsilon * sqrt(1 - beta2^t)
  float kept = 1;               // of the parameter: 1 - learning_rate * decoupled decay
};
// Parameter, gradient, moments; the outputs may be the inputs.
struct AdamRange {
  const float *p, *g, *m, *v;
  float *p_out, *m_out, *v_out;
  std::int64_t n;
};

struct SgdNumbers {
  float rate = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
};
struct SgdRange {
  const float *p, *g, *v;
  float *p_out, *v_out;
  std::int64_t n;
};

}  // namespace glia::cpu
