// cgroups(7), proc(5), and the kernel's Documentation/admin-guide/cgroup-v2.rst and
// Documentation/scheduler/sched-bwc.rst.
#include "glia/base/threads.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/text.h"

namespace glia {
namespace {

namespace fs = std::filesystem;

std::optional<std::int64_t> number(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

// A file that may well be missing: no such control group, no /proc.
std::string read_or_empty(const fs::path& path) {
  try {
    return read_file(path, 16 << 20);
  } catch (const Error&) {
    return {};
  }
}

std::optional<double> smaller(std::optional<double> a, std::optional<double> b) {
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

struct Mount {
  bool unified;      // version 2
  std::string root;  // which group the mount shows as its top
  fs::path point;
};

// "36 25 0:31 / /sys/fs/cgroup/cpu rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct": the mounts
// that may hold a quota. Fields before " - " are fixed but for the optional ones at their end.
std::vector<Mount> cpu_mounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const auto line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto front = split(line.substr(0, dash), ' ');
    const auto back = split(line.substr(dash + 3), ' ');
    if (front.size() < 5 || back.size() < 3) continue;
    const auto options = split(back[2], ',');
    const bool unified = back[0] == "cgroup2";
    const bool cpu =
        back[0] == "cgroup" && std::find(options.begin(), options.end(), "cpu") != options.end();
    if (unified || cpu) mounts.push_back({unified, std::string(front[3]), fs::path(front[4])});
  }
  return mounts;
}

// "0::/user.slice/x" or "4:cpu,cpuacct:/docker/y": the process's group in the hierarchy of `mount`.
std::optional<std::string> group_in(const Mount& mount, std::string_view cgroup) {
  for (const auto line : split(cgroup, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const auto names = line.substr(first + 1, second - first - 1);
    const auto controllers = split(names, ',');
    const bool cpu = std::find(controllers.begin(), controllers.end(), "cpu") != controllers.end();
    if (mount.unified ? names.empty() : cpu) return std::string(line.substr(second + 1));
  }
  return {};
}

// The group's path below the mount. Inside a container without its own view of control groups the
// file names the group as the host sees it, and the mount's root is that group or one above it.
std::string below_mount(const Mount& mount, const std::string& group) {
  if (mount.root == "/") return group;
  if (group == mount.root) return "/";
  if (group.starts_with(mount.root + "/")) return group.substr(mount.root.size());
  return "/";
}

std::optional<double> quota_in(const Mount& mount, const fs::path& folder) {
  if (mount.unified) return cpu_max_quota(read_or_empty(folder / "cpu.max"));
  return cfs_quota(read_or_empty(folder / "cpu.cfs_quota_us"),
                   read_or_empty(folder / "cpu.cfs_period_us"));
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
  const auto quota = number(quota_us), period = number(period_us);
  if (!quota || !period || *quota <= 0 || *period <= 0) return {};
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<double> cpu_max_quota(std::string_view cpu_max) {
  const auto parts = split(trim(cpu_max), ' ');
  if (parts.empty() || parts.size() > 2) return {};
  return cfs_quota(parts[0], parts.size() == 2 ? parts[1] : "100000");  // "max" is no number
}

std::optional<double> cgroup_quota(const fs::path& root) {
  const auto cgroup = read_or_empty(root / "proc/self/cgroup");
  const auto mountinfo = read_or_empty(root / "proc/self/mountinfo");
  std::optional<double> quota;
  for (const auto& mount : cpu_mounts(mountinfo)) {
    const auto group = group_in(mount, cgroup);
    if (!group) continue;
    const auto top = root / mount.point.relative_path();
    // A group is bound by every group above it. The path may hold ".." where the process stands
    // outside its own view: then only the top is to be seen.
    auto below = fs::path(below_mount(mount, *group)).relative_path().lexically_normal();
    if (!below.empty() && *below.begin() == "..") below.clear();
    for (;; below = below.parent_path()) {
      quota = smaller(quota, quota_in(mount, top / below));
      if (below.empty()) break;
    }
  }
  return quota;
}

int threads_for(int cpus, std::optional<double> quota) {
  if (!quota || *quota >= cpus) return std::max(1, cpus);
  return std::max(1, static_cast<int>(std::ceil(*quota)));
}

int usable_threads() { return threads_for(affinity_threads(), cgroup_quota()); }

}  // namespace glia
