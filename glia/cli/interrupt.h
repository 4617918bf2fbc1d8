// Ctrl-C and SIGTERM.
#pragma once

#include <atomic>

namespace glia::cli {

inline constexpr int kSuccess = 0, kFailure = 1, kUsage = 2, kInterrupted = 130;

// From now on the first signal ends the process with kInterrupted, but for the time of an
// InterruptGuard. Standard output that nobody reads is an error of writing, not a signal.
void catch_signals();

// Called in the signal's handler before it ends the process, so it may do only what
// signal-safety(7) allows; nullptr: nothing is.
void before_exit(void (*restore)());

// While one lives, the first signal sets the flag, so that work can end cleanly; a second one ends
// the process at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  const std::atomic<bool>* flag() const;
};

}  // namespace glia::cli
