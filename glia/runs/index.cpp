#include "glia/runs/index.h"

#include "glia/base/format.h"
#include "glia/base/lock.h"
#include "glia/base/module.h"

namespace glia::runs {

namespace fs = std::filesystem;

std::unique_ptr<Index> open_index(const fs::path& file) {
  using Open = std::unique_ptr<Index> (*)(const fs::path&);
  static const auto open = reinterpret_cast<Open>(
      module_entry("libglia_sqlite.so", "glia_open_index", "E-RUN-13", "runs that are remembered"));
  return open(file);
}

fs::path set_aside(const fs::path& file) {
  fs::path to = file.string() + ".damaged";
  std::error_code error;
  for (int i = 2; fs::exists(to, error); ++i) to = fmt::format("{}.damaged-{}", file.string(), i);
  for (const char* part : {"-wal", "-shm"}) fs::remove(file.string() + part, error);
  fs::rename(file, to, error);
  if (error)
    fail("E-RUN-10", "{}: this index of runs cannot be moved aside: {}", file.string(),
         error.message());
  return to;
}

void settle_state(Run& run) {
  if (run.state == State::running && !FileLock::is_held(run.folder / "lock"))
    run.state = State::stopped;
}

}  // namespace glia::runs
