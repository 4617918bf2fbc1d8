// Internal: the control groups that bind this process; see cgroups(7).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glia {

struct ControlGroup {
  std::filesystem::path folder;  // with the controller's files
  bool unified = false;          // version 2
};

// The process's groups under a controller ("cpu", "memory") and every group above them: each one
// binds it. From `root`/proc/self/{cgroup,mountinfo} and the mounts (below `root`) that they name.
std::vector<ControlGroup> control_groups(const std::filesystem::path& root,
                                         std::string_view controller);

// A file that may well be missing (no such group, no /proc): then "".
std::string read_or_empty(const std::filesystem::path& path);
// The whole number that a text is, blanks around it aside; nothing for "max" and other words.
std::optional<std::int64_t> whole_number(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace glia
