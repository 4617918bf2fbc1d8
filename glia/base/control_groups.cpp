#include "glia/base/control_groups.h"

#include <algorithm>
#include <charconv>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/text.h"

namespace glia {

std::optional<std::int64_t> whole_number(std::string_view text) {
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

std::string read_or_empty(const std::filesystem::path& path) {
  try {
    return read_file(path, 16 << 20);
  } catch (const Error&) {
    return {};
  }
}

namespace {

namespace fs = std::filesystem;

bool contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

struct Mount {
  bool unified;      // version 2
  std::string root;  // which group the mount shows as its top
  fs::path point;
};

// "36 25 0:31 / /sys/fs/cgroup/cpu rw,nosuid shared:15 - cgroup cgroup rw,cpu,cpuacct": the mounts
// of the controller. Fields before " - " are fixed but for the optional ones at their end.
std::vector<Mount> mounts_of(std::string_view controller, std::string_view mountinfo) {
  std::vector<Mount> mounts;
  for (const auto line : split(mountinfo, '\n')) {
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    const auto front = split(line.substr(0, dash), ' ');
    const auto back = split(line.substr(dash + 3), ' ');
    if (front.size() < 5 || back.size() < 3) continue;
    const auto options = split(back[2], ',');
    const bool unified = back[0] == "cgroup2";
    const bool own = back[0] == "cgroup" && contains(options, controller);
    if (unified || own) mounts.push_back({unified, std::string(front[3]), fs::path(front[4])});
  }
  return mounts;
}

// "0::/user.slice/x" or "4:cpu,cpuacct:/docker/y": the process's group in the hierarchy of `mount`.
std::optional<std::string> group_in(const Mount& mount, std::string_view controller,
                                    std::string_view cgroup) {
  for (const auto line : split(cgroup, '\n')) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const auto names = line.substr(first + 1, second - first - 1);
    const auto controllers = split(names, ',');
    if (mount.unified ? names.empty() : contains(controllers, controller))
      return std::string(line.substr(second + 1));
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

}  // namespace

std::vector<ControlGroup> control_groups(const fs::path& root, std::string_view controller) {
  const auto cgroup = read_or_empty(root / "proc/self/cgroup");
  const auto mountinfo = read_or_empty(root / "proc/self/mountinfo");
  std::vector<ControlGroup> groups;
  for (const auto& mount : mounts_of(controller, mountinfo)) {
    const auto group = group_in(mount, controller, cgroup);
    if (!group) continue;
    const auto top = root / mount.point.relative_path();
    // The path may hold ".." where the process stands outside its own view: then only the top is
    // to be seen.
    auto below = fs::path(below_mount(mount, *group)).relative_path().lexically_normal();
    if (!below.empty() && *below.begin() == "..") below.clear();
    for (;; below = below.parent_path()) {
      groups.push_back({top / below, mount.unified});
      if (below.empty()) break;
    }
  }
  return groups;
}

}  // namespace glia
