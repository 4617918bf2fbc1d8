// How much memory the process takes, and may still take, control groups counted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace glia {

// Bytes that can be taken without swapping: what the system has (MemAvailable of /proc/meminfo), or
// less where a control group has a limit (version 2: memory.max; version 1: memory.limit_in_bytes;
// of the group and of all above it). A group's pages of files do not count against its limit, for
// they give way. Nothing where the system tells nothing. Reads a few small files on each call. A
// test gives a folder as `root`; the system itself is "/".
std::optional<std::uint64_t> available_memory(const std::filesystem::path& root = "/");

// Bytes of the process that lie in memory, now and at most so far (VmRSS and VmHWM of
// /proc/self/status).
struct MemoryUse {
  std::uint64_t resident = 0, peak = 0;
};
std::optional<MemoryUse> memory_use(const std::filesystem::path& root = "/");

}  // namespace glia
