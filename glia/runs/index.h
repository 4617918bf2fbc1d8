// The index of runs: one file, which several processes read and write at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "glia/runs/run.h"

namespace glia::runs {

// Every call is a transaction of its own, and waits up to five seconds for other processes. Errors
// of all calls: E-RUN-10 the file cannot be read or written, or is locked for longer; -11 it is
// damaged, or no index of runs; -12 a newer glia made it.
class Index {
 public:
  virtual ~Index() = default;
  virtual std::vector<Run> runs() = 0;  // by id, which rises with the time at which they were added
  virtual std::optional<Run> find(const std::filesystem::path& folder) = 0;  // absolute
  // Remembers the run of this id, or a new one where it is 0, which then takes the place of what
  // was in the same folder. Gives the id.
  virtual std::int64_t put(const Run& run) = 0;
  virtual bool remove(std::int64_t id) = 0;  // whether it was there

  virtual const std::filesystem::path& file() const = 0;
};

// The index in this file, which is made with its folder where it is not there. E-RUN-13 where the
// module of SQLite cannot be loaded.
std::unique_ptr<Index> open_index(const std::filesystem::path& file);

// Moves a damaged index aside, "runs.db.damaged" or "runs.db.damaged-2", and gives that name.
std::filesystem::path set_aside(const std::filesystem::path& file);

// A run that is marked as running and whose folder nobody holds was killed: it is stopped.
void settle_state(Run& run);

}  // namespace glia::runs
