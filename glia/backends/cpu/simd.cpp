#include "glia/backends/cpu/simd.h"

#include <cstdint>

#include "glia/backends/cpu/simd_targets.h"
// After simd_targets.h.
#include <hwy/highway.h>

#include "glia/base/format.h"

namespace glia::cpu {
namespace {

std::vector<std::int64_t> usable() {
  std::vector<std::int64_t> targets;
  // A smaller bit is a better target.
  for (std::int64_t bits = hwy::SupportedTargets() & HWY_TARGETS; bits != 0; bits &= bits - 1)
    targets.push_back(bits & -bits);
  return targets;
}

}  // namespace

std::string instruction_set() { return hwy::TargetName(usable().front()); }

void choose_instruction_set() {
  if (!hwy::GetChosenTarget().IsInitialized())
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

std::vector<std::string> instruction_sets() {
  std::vector<std::string> names;
  for (const std::int64_t target : usable()) names.emplace_back(hwy::TargetName(target));
  return names;
}

void use_instruction_set(const std::string& name) {
  hwy::SetSupportedTargetsForTest(0);  // whatever the machine has
  if (!name.empty()) {
    std::int64_t found = 0;
    for (const std::int64_t target : usable())
      if (name == hwy::TargetName(target)) found = target;
    if (found == 0)
      fail("E-SIMD-01", "instruction set '{}' is not here; this machine has {}", name,
           fmt::join(instruction_sets(), ", "));
    hwy::SetSupportedTargetsForTest(found);
  }
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace glia::cpu
