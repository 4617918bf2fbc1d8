// proc(5), and the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
#include "glia/base/memory.h"

#include <algorithm>

#include "glia/base/control_groups.h"

namespace glia {
namespace {

// The number after a word at the start of a line: "MemAvailable:  123 kB", "inactive_file 4096".
std::optional<std::int64_t> field(std::string_view text, std::string_view name) {
  for (const auto line : split(text, '\n')) {
    if (!line.starts_with(name)) continue;
    auto rest = line.substr(name.size());
    if (rest.ends_with(" kB")) rest.remove_suffix(3);
    if (const auto value = whole_number(rest)) return value;
  }
  return {};
}

std::optional<std::int64_t> room_in(const ControlGroup& group) {
  const auto file = [&](const char* name) { return read_or_empty(group.folder / name); };
  const auto limit = whole_number(file(group.unified ? "memory.max" : "memory.limit_in_bytes"));
  const auto used = whole_number(file(group.unified ? "memory.current" : "memory.usage_in_bytes"));
  if (!limit || !used) return {};
  const auto statistics = file("memory.stat");
  std::int64_t files = 0;
  for (const char* name : {"inactive_file ", "active_file "})
    files += field(statistics, (group.unified ? "" : "total_") + std::string(name)).value_or(0);
  return std::max<std::int64_t>(0, *limit - std::max<std::int64_t>(0, *used - files));
}

}  // namespace

std::optional<std::uint64_t> available_memory(const std::filesystem::path& root) {
  auto room = field(read_or_empty(root / "proc/meminfo"), "MemAvailable:");
  if (room) *room *= 1024;
  for (const auto& group : control_groups(root, "memory"))
    if (const auto here = room_in(group)) room = room ? std::min(*room, *here) : *here;
  if (!room) return {};
  return static_cast<std::uint64_t>(*room);
}

std::optional<MemoryUse> memory_use(const std::filesystem::path& root) {
  const auto status = read_or_empty(root / "proc/self/status");
  const auto resident = field(status, "VmRSS:"), peak = field(status, "VmHWM:");
  if (!resident || !peak) return {};
  return MemoryUse{static_cast<std::uint64_t>(*resident) * 1024,
                   static_cast<std::uint64_t>(*peak) * 1024};
}

}  // namespace glia
