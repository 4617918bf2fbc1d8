// How many threads the process may use, control groups counted.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace glia {

// CPUs that the scheduler lets this process run on (sched_getaffinity), or fewer where its control
// group has a quota of CPU time (version 2: cpu.max; version 1: cpu.cfs_quota_us; of the group and
// of all above it), rounded up. At least 1. A container limited to 1.5 CPUs on a machine of 64 gets
// 2. Reads a few small files on each call: ask once and keep the answer.
int usable_threads();

// The pieces, for tests and for reports. In CPUs; nothing where there is no limit or the text says
// nothing usable.
int affinity_threads();
std::optional<double> cpu_max_quota(std::string_view cpu_max);  // "150000 100000" -> 1.5
std::optional<double> cfs_quota(std::string_view quota_us, std::string_view period_us);  // -1: none

// The smallest quota on the process's groups, from `root`/proc/self/{cgroup,mountinfo} and the
// mounts (below `root`) that they name. A test gives a folder; the system itself is "/".
std::optional<double> cgroup_quota(const std::filesystem::path& root = "/");

// The rule that puts both together: min(cpus, ceil(quota)), at least 1.
int threads_for(int cpus, std::optional<double> quota);

}  // namespace glia
