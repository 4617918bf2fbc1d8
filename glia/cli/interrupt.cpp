#include "glia/cli/interrupt.h"

#include <unistd.h>

#include <csignal>

namespace glia::cli {
namespace {

// A handler may touch nothing but lock-free atomics.
std::atomic<bool> stopping{false}, guarded{false};
std::atomic<void (*)()> restoring{nullptr};
static_assert(std::atomic<bool>::is_always_lock_free);
static_assert(std::atomic<void (*)()>::is_always_lock_free);

void on_signal(int) {
  if (guarded.load() && !stopping.exchange(true)) return;
  if (const auto restore = restoring.load()) restore();
  ::_exit(kInterrupted);
}

}  // namespace

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

void before_exit(void (*restore)()) { restoring = restore; }

InterruptGuard::InterruptGuard() { guarded = true; }
InterruptGuard::~InterruptGuard() { guarded = false; }
const std::atomic<bool>* InterruptGuard::flag() const { return &stopping; }

}  // namespace glia::cli
