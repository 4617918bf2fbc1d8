// Where a run came from, so that its data is found again.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace glia::cli {

// Written to command.json in a run's folder. It names places on this machine, and therefore does
// not belong into the bundle.
struct Origin {
  std::vector<std::string> arguments;          // of the command
  std::filesystem::path experiment;            // absolute
  std::vector<std::filesystem::path> folders;  // of data, absolute
};

// With the time at which the run began: now, or, of one that is gone on with, what stands there.
void write_origin(const std::filesystem::path& run, const Origin& origin, bool resumed = false);

// A data file as a bundle names it: from the bundle's place, from the run's origin, then beside the
// run and in `folders`. Error E-FILE-01 where it is in none of these places, which are listed.
std::filesystem::path find_data(const std::filesystem::path& run, const std::filesystem::path& file,
                                const std::vector<std::filesystem::path>& folders);

}  // namespace glia::cli
