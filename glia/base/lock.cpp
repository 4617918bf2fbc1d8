#include "glia/base/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "glia/base/error.h"
#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia {

namespace {

// More than once in short order: what only looks whether a lock is held has let it go by then.
bool lock(int descriptor) {
  constexpr int kTries = 5, kPause = 10'000;  // microseconds
  for (int i = 0;; ++i) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    if (i + 1 == kTries) return false;
    ::usleep(kPause);
  }
}

// Whether the file that was opened still has this name: its folder may have been removed meanwhile.
bool still_named(int descriptor, const std::filesystem::path& file) {
  struct stat mine {
  }, there{};
  return ::fstat(descriptor, &mine) != 0 ||
         (::stat(file.c_str(), &there) == 0 && mine.st_ino == there.st_ino);
}

}  // namespace

std::optional<FileLock> FileLock::try_lock(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor < 0)
    fail("E-FILE-06", "{}: cannot be written: {}", file.string(),
         std::generic_category().message(errno));
  FileLock held(descriptor);
  if (!lock(descriptor)) return std::nullopt;
  if (!still_named(descriptor, file)) return try_lock(file);
  // Only for a message, so a disk that is full does no harm.
  const auto number = fmt::format("{}\n", ::getpid());
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, number.data(), number.size(), 0) < 0) {
  }
  return held;
}

bool FileLock::is_held(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return false;
  const FileLock look(descriptor);
  return ::flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

std::string FileLock::holder(const std::filesystem::path& file) {
  try {
    const auto text = std::string(trim(read_file(file, 64)));
    return text.find_first_not_of("0123456789") == std::string::npos ? text : "";
  } catch (const Error&) {
    return "";
  }
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace glia
