// Internal: a machine's files, as far as control groups and memory need them.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/temp_folder.h"

namespace glia {

struct FakeRoot {
  TempFolder folder;
  void file(const std::filesystem::path& path, const std::string& text) const {
    std::filesystem::create_directories((folder / path).parent_path());
    std::ofstream(folder / path) << text;
  }
};

inline constexpr const char* kUnifiedMount =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

}  // namespace glia
