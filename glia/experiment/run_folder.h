// Internal: the folder of a run, from before its training to after it.
#pragma once

#include <optional>

#include "glia/base/lock.h"
#include "glia/experiment/run.h"

namespace glia::experiment {

// A folder in which nobody else trains as long as this lives. What a killed process left half done
// is mended first. A run that is replaced lies aside until settle(): without it, it is put back by
// the destructor, or by the next start where the process was killed.
class RunFolder {
 public:
  // E-RUN-01 to -04; E-FILE-06 where the folder cannot be made.
  explicit RunFolder(const RunOptions& options);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  // The new run has a checkpoint or a model: what it replaces is removed.
  void settle();

 private:
  void lock();
  void recover();
  void set_aside();
  void restore();

  std::filesystem::path folder_;
  std::optional<FileLock> lock_;
  bool replaces_ = false;  // a run lies aside
};

}  // namespace glia::experiment
