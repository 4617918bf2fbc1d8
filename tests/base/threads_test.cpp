#include "glia/base/threads.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/base/fake_root.h"

namespace glia {
namespace {

std::optional<double> quota(const FakeRoot& root) { return cgroup_quota(root.folder.path()); }

TEST(CpuMax, IsReadAsTheKernelWritesIt) {
  EXPECT_EQ(cpu_max_quota("max 100000\n"), std::nullopt);
  EXPECT_DOUBLE_EQ(cpu_max_quota("150000 100000\n").value(), 1.5);
  EXPECT_DOUBLE_EQ(cpu_max_quota("50000\n").value(), 0.5);
  for (const char* odd : {"", "\n", "x 100000", "100000 0", "-1 100000", "1 2 3", "10e5 100000"})
    EXPECT_EQ(cpu_max_quota(odd), std::nullopt) << odd;
  EXPECT_EQ(cfs_quota("-1\n", "100000\n"), std::nullopt);
  EXPECT_DOUBLE_EQ(cfs_quota("400000\n", "100000\n").value(), 4.0);
}

TEST(ThreadsFor, RoundsUpAndIsNeverBelowOne) {
  EXPECT_EQ(threads_for(64, std::nullopt), 64);
  EXPECT_EQ(threads_for(64, 1.5), 2);
  EXPECT_EQ(threads_for(64, 2.0), 2);
  EXPECT_EQ(threads_for(64, 0.01), 1);
  EXPECT_EQ(threads_for(2, 1e12), 2);
  EXPECT_EQ(threads_for(0, std::nullopt), 1);
}

TEST(CgroupQuota, IsNothingWithoutControlGroups) {
  const FakeRoot root;
  EXPECT_EQ(quota(root), std::nullopt);
  root.file("proc/self/cgroup", "nonsense\n:::\n");
  root.file("proc/self/mountinfo", "- - -\n1 2 3 - cgroup2\n");
  EXPECT_EQ(quota(root), std::nullopt);
}

TEST(CgroupQuota, CountsEveryGroupAbove) {
  const FakeRoot root;
  root.file("proc/self/cgroup", "0::/a.slice/b/c\n");
  root.file("proc/self/mountinfo", kUnifiedMount);
  root.file("sys/fs/cgroup/a.slice/b/c/cpu.max", "800000 100000\n");
  EXPECT_DOUBLE_EQ(quota(root).value(), 8);
  root.file("sys/fs/cgroup/a.slice/cpu.max", "300000 100000\n");  // b has no file of its own
  EXPECT_DOUBLE_EQ(quota(root).value(), 3);
  root.file("sys/fs/cgroup/a.slice/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(quota(root).value(), 8);
}

TEST(CgroupQuota, InAContainerWithItsOwnView) {
  const FakeRoot root;
  root.file("proc/self/cgroup", "0::/\n");
  root.file("proc/self/mountinfo", kUnifiedMount);
  root.file("sys/fs/cgroup/cpu.max", "250000 100000\n");
  EXPECT_DOUBLE_EQ(quota(root).value(), 2.5);
}

TEST(CgroupQuota, WhereTheGroupLiesOutsideTheView) {
  const FakeRoot root;
  root.file("proc/self/cgroup", "0::/../../other\n");
  root.file("proc/self/mountinfo", kUnifiedMount);
  root.file("sys/fs/cgroup/cpu.max", "250000 100000\n");
  EXPECT_DOUBLE_EQ(quota(root).value(), 2.5);
}

TEST(CgroupQuota, Version1InAContainerThatSeesTheHostsNames) {
  const FakeRoot root;
  root.file("proc/self/cgroup",
            "12:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab/inner\n1:name=systemd:/docker/ab\n");
  root.file("proc/self/mountinfo",
            "36 25 0:31 /docker/ab /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:15 - cgroup cgroup "
            "rw,cpu,cpuacct\n"
            "37 25 0:32 /docker/ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  root.file("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us", "-1\n");
  root.file("sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(root), std::nullopt);
  root.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "75000\n");
  root.file("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "50000\n");
  EXPECT_DOUBLE_EQ(quota(root).value(), 1.5);
}

TEST(UsableThreads, FollowsTheAffinity) {
  EXPECT_GE(usable_threads(), 1);
  EXPECT_LE(usable_threads(), affinity_threads());
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(affinity_threads(), CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_threads(), 1);
  ::sched_setaffinity(0, sizeof before, &before);
}

}  // namespace
}  // namespace glia
