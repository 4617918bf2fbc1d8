#include "glia/base/memory.h"

#include <gtest/gtest.h>

#include "tests/base/fake_root.h"

namespace glia {
namespace {

std::optional<std::uint64_t> room(const FakeRoot& root) {
  return available_memory(root.folder.path());
}

constexpr const char* kMeminfo =
    "MemTotal:       16000000 kB\nMemFree:          100000 kB\nMemAvailable:    8000000 kB\n";

TEST(AvailableMemory, IsUnknownWhereNothingIsSaid) {
  const FakeRoot root;
  EXPECT_EQ(room(root), std::nullopt);
  root.file("proc/meminfo", "MemTotal: 5 kB\nMemAvailable: much\n");
  EXPECT_EQ(room(root), std::nullopt);
}

TEST(AvailableMemory, IsTheSystemsWithoutALimit) {
  const FakeRoot root;
  root.file("proc/meminfo", kMeminfo);
  EXPECT_EQ(room(root), 8'192'000'000u);
  root.file("proc/self/cgroup", "0::/a\n");
  root.file("proc/self/mountinfo", kUnifiedMount);
  root.file("sys/fs/cgroup/a/memory.max", "max\n");
  root.file("sys/fs/cgroup/a/memory.current", "1000\n");
  EXPECT_EQ(room(root), 8'192'000'000u);
}

TEST(AvailableMemory, IsWhatTheTightestGroupLeaves) {
  const FakeRoot root;
  root.file("proc/meminfo", kMeminfo);
  root.file("proc/self/cgroup", "0::/a/b\n");
  root.file("proc/self/mountinfo", kUnifiedMount);
  root.file("sys/fs/cgroup/a/b/memory.max", "4000000\n");
  root.file("sys/fs/cgroup/a/b/memory.current", "3000000\n");
  EXPECT_EQ(room(root), 1000000u);
  // Pages of files give way.
  root.file("sys/fs/cgroup/a/b/memory.stat",
            "anon 400000\ninactive_file 2000000\nactive_file 500000\n");
  EXPECT_EQ(room(root), 3500000u);
  root.file("sys/fs/cgroup/a/memory.max", "600000\n");
  root.file("sys/fs/cgroup/a/memory.current", "700000\n");
  EXPECT_EQ(room(root), 0u) << "a group above binds, too";
}

TEST(AvailableMemory, Version1) {
  const FakeRoot root;
  root.file("proc/self/cgroup", "12:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n");
  root.file("proc/self/mountinfo",
            "37 25 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  root.file("sys/fs/cgroup/memory/memory.limit_in_bytes", "5000000\n");
  root.file("sys/fs/cgroup/memory/memory.usage_in_bytes", "2000000\n");
  root.file("sys/fs/cgroup/memory/memory.stat", "inactive_file 1\ntotal_inactive_file 1500000\n");
  EXPECT_EQ(room(root), 4500000u);
}

TEST(AvailableMemory, OfThisMachine) {
  ASSERT_TRUE(available_memory().has_value());
  EXPECT_GT(*available_memory(), 1u << 20);
}

TEST(MemoryUse, IsTheProcesss) {
  const FakeRoot root;
  EXPECT_FALSE(memory_use(root.folder.path()));
  root.file("proc/self/status",
            "Name:\tglia\nVmPeak:\t  900 kB\nVmHWM:\t  500 kB\nVmRSS:\t  400 kB\n");
  const auto use = memory_use(root.folder.path());
  ASSERT_TRUE(use);
  EXPECT_EQ(use->resident, 409'600u);
  EXPECT_EQ(use->peak, 512'000u);
  const auto ours = memory_use();
  ASSERT_TRUE(ours);
  EXPECT_GT(ours->resident, 1u << 20);
  EXPECT_GE(ours->peak, ours->resident);
}

}  // namespace
}  // namespace glia
