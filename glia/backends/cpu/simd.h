// Internal: the instruction set that the kernels run on.
#pragma once

#include <string>
#include <vector>

namespace glia::cpu {

// "AVX2", "AVX3" (AVX-512), "SSE4", "NEON", "SCALAR": part of a run's fingerprint.
std::string instruction_set();

// Settles which one it is. A plan holds functions of one instruction set: to be called before.
void choose_instruction_set();

// For tests and benchmarks: those that this machine has and the kernels are compiled for, best
// first, and a switch to one of them ("" for the best), which affects the whole process. Not to be
// called while kernels run.
std::vector<std::string> instruction_sets();
void use_instruction_set(const std::string& name);

}  // namespace glia::cpu
