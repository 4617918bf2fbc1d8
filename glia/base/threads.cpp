// cgroups(7), proc(5), and the kernel's Documentation/admin-guide/cgroup-v2.rst and
// Documentation/scheduler/sched-bwc.rst.
#include "glia/base/threads.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <thread>

#include "glia/base/control_groups.h"
#include "glia/base/text.h"

namespace glia {
namespace {

namespace fs = std::filesystem;

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

std::optional<double> quota_in(const ControlGroup& group) {
  if (group.unified) return cpu_max_quota(read_or_empty(group.folder / "cpu.max"));
  return cfs_quota(read_or_empty(group.folder / "cpu.cfs_quota_us"),
                   read_or_empty(group.folder / "cpu.cfs_period_us"));
}

}  // namespace

int affinity_threads() {
  // The kernel refuses a set smaller than its own: grow it on machines with more CPUs.
  for (int cpus = 1024; cpus <= 1 << 20; cpus *= 2) {
    const auto free_set = [](cpu_set_t* set) { CPU_FREE(set); };
    const std::unique_ptr<cpu_set_t, decltype(free_set)> set(
        CPU_ALLOC(static_cast<std::size_t>(cpus)), free_set);
    const auto bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(cpus));
    if (set == nullptr) break;
    if (::sched_getaffinity(0, bytes, set.get()) == 0)
      return std::max(1, CPU_COUNT_S(bytes, set.get()));
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::optional<double> cfs_quota(std::string_view quota_us, std::string_view period_us) {
  const auto quota = whole_number(quota_us), period = whole_number(period_us);
  if (!quota || !period || *quota <= 0 || *period <= 0) return {};
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> cpu_max_quota(std::string_view cpu_max) {
  const auto parts = split(trim(cpu_max), ' ');
  if (parts.empty() || parts.size() > 2) return {};
  return cfs_quota(parts[0], parts.size() == 2 ? parts[1] : "100000");  // "max" is no number
}

std::optional<double> cgroup_quota(const fs::path& root) {
  std::optional<double> quota;
  for (const auto& group : control_groups(root, "cpu")) quota = smaller(quota, quota_in(group));
  return quota;
}

int threads_for(int cpus, std::optional<double> quota) {
  if (!quota || *quota >= cpus) return std::max(1, cpus);
  return std::max(1, static_cast<int>(std::ceil(*quota)));
}

int usable_threads() { return threads_for(affinity_threads(), cgroup_quota()); }

}  // namespace glia
