// Internal: dnnl_sgemm, from a oneDNN that is loaded when it is first asked for: a program whose
// plans are all small never pays the milliseconds of loading it.
#pragma once

#include "glia/backends/cpu/gemm.h"

namespace glia::cpu {

bool onednn_gemm_available();  // loads oneDNN

// C = op(A) * op(B) + (accumulate ? C : 0) on plan.threads threads: no bias, no activation.
void onednn_gemm(const GemmPlan& plan, const float* a, const float* b, float* c);

}  // namespace glia::cpu
