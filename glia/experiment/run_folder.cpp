#include "glia/experiment/run_folder.h"

#include <algorithm>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/runs/folder.h"

namespace glia::experiment {
namespace {

namespace fs = std::filesystem;

// A replaced run, whole; and one on its way there or back, so that a kill leaves no doubt.
constexpr const char* kReplaced = ".replaced";
constexpr const char* kMoving = ".replacing";

bool is_there(const fs::path& path) {
  std::error_code none;
  return fs::exists(path, none);
}

bool holds_nothing(const fs::path& folder) {
  std::error_code none;
  return !is_there(folder) || fs::is_empty(folder, none);
}

// A run of several trainings has the checkpoints in their folders.
bool holds_several(const fs::path& folder) {
  return is_there(folder / "folds") || is_there(folder / "members") ||
         is_there(folder / "training");
}

bool has_begun(const fs::path& folder) {
  for (const auto* first : {"", "folds/1", "folds/1/members/1", "folds/1/training", "select/1/1/1",
                            "members/1", "training"})
    if (!holds_nothing(folder / first / "checkpoints")) return true;
  return is_there(folder / "model");
}

void move_parts(const fs::path& from, const fs::path& to) {
  for (const auto* part : runs::parts())
    if (is_there(from / part)) fs::rename(from / part, to / part);
}

// std::filesystem's errors in our words.
template <class Do>
void managing(const fs::path& folder, Do&& act) {
  try {
    act();
  } catch (const fs::filesystem_error& error) {
    fail("E-FILE-06", "{}: this folder cannot be written to: {}: {}", folder.string(),
         error.path1().string(), error.code().message());
  }
}

}  // namespace

RunFolder::RunFolder(const RunOptions& o) : folder_(o.folder) {
  std::error_code error;
  if (is_there(folder_) && !fs::is_directory(folder_, error))
    fail("E-FILE-06", "{}: this folder cannot be made: a file of this name is there; name another",
         folder_.string());
  if (is_there(folder_ / kReplaced) || is_there(folder_ / kMoving)) {
    lock();
    recover();
  }
  const bool there = !holds_nothing(folder_), replaces = there && o.overwrite && !o.resume;
  if (there && !o.resume && !o.overwrite && !o.beside)
    fail("E-RUN-01",
         "{}: this folder is there already; go on with --resume, replace it with --overwrite, or "
         "name another with --out",
         folder_.string());
  if (replaces && !runs::holds_run(folder_))
    fail("E-RUN-02", "{}: this folder holds no run, so it is not replaced; name another with --out",
         folder_.string());
  if (o.resume && is_there(folder_ / "model") && holds_nothing(folder_ / "checkpoints") &&
      !holds_several(folder_))
    fail("E-RUN-04",
         "{}: there is a trained model here and no checkpoint to resume from; replace it with "
         "--overwrite, or name another folder with --out",
         folder_.string());
  fs::create_directories(folder_, error);
  if (error)
    fail("E-FILE-06", "{}: this folder cannot be made: {}", folder_.string(), error.message());
  if (!lock_) lock();
  if (replaces) set_aside();
  fs::create_directories(folder_ / "checkpoints", error);  // the mark of a run from its start
  // Whoever wrote these is gone: nobody else trains here.
  for (const auto* part : {"", "checkpoints", "model"})
    sweep_temporaries(folder_ / part, std::chrono::seconds(0));
}

RunFolder::~RunFolder() {
  if (!replaces_) return;
  try {
    restore();
  } catch (const std::exception&) {  // the next start tries again
  }
}

void RunFolder::lock() {
  const auto file = folder_ / "lock";
  lock_ = FileLock::try_lock(file);
  if (lock_) return;
  const auto holder = FileLock::holder(file);
  fail("E-RUN-03",
       "{}: another process{} is training in this folder; wait for its end or stop it, or name "
       "another folder with --out",
       folder_.string(), holder.empty() ? "" : fmt::format(" ({})", holder));
}

void RunFolder::recover() {
  managing(folder_, [&] {
    if (is_there(folder_ / kReplaced)) {
      replaces_ = true;
      has_begun(folder_) ? settle() : restore();
    }
    if (is_there(folder_ / kMoving)) {
      move_parts(folder_ / kMoving, folder_);
      fs::remove_all(folder_ / kMoving);
    }
  });
}

void RunFolder::set_aside() {
  managing(folder_, [&] {
    fs::create_directory(folder_ / kMoving);
    move_parts(folder_, folder_ / kMoving);
    fs::rename(folder_ / kMoving, folder_ / kReplaced);
  });
  replaces_ = true;
}

void RunFolder::restore() {
  for (const auto* part : runs::parts()) fs::remove_all(folder_ / part);
  fs::rename(folder_ / kReplaced, folder_ / kMoving);
  move_parts(folder_ / kMoving, folder_);
  fs::remove_all(folder_ / kMoving);
  replaces_ = false;
}

void RunFolder::settle() {
  if (!replaces_) return;
  replaces_ = false;
  std::error_code ignored;  // what cannot be removed now is tried again at the next start
  fs::remove_all(folder_ / kReplaced, ignored);
}

}  // namespace glia::experiment
