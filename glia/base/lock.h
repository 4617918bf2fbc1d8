// One process at a time.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace glia {

// An advisory lock on a file (flock(2)), which is made where it is not there and stays afterwards:
// removing it would let two processes hold two files of one name. Released by the destructor, and
// by the system when the process ends, however it ends. Movable, not copyable.
class FileLock {
 public:
  // Nothing where another holds the lock; waits for moments only (is_held). Error E-FILE-06 where
  // the file cannot be made. On a file system that knows no locks it is held by everybody.
  static std::optional<FileLock> try_lock(const std::filesystem::path& file);
  // Whether somebody holds it now. Makes no file and takes nothing, but for a moment in which a
  // try_lock() elsewhere waits.
  static bool is_held(const std::filesystem::path& file);
  // What the holder wrote there of itself, for a message: its process's number. Empty: unknown.
  static std::string holder(const std::filesystem::path& file);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace glia
