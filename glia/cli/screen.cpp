#include "glia/cli/screen.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <iterator>
#include <thread>

#include "glia/base/format.h"
#include "glia/cli/interrupt.h"

namespace glia::cli {
namespace {

// xterm's control sequences, which every terminal of today knows: the alternate screen (1049), no
// cursor (25), no wrapping (7).
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

// What signal handlers need: they may touch nothing but these, and call what signal-safety(7)
// lists.
std::atomic<bool> visible{false};     // the screen is ours
std::atomic<bool> busy{false};        // somebody writes, or leaves
std::atomic<bool> stop_asked{false};  // Ctrl-Z came meanwhile
termios before{};                     // the terminal as it was

void put(std::string_view text) {
  while (!text.empty()) {
    const auto wrote = ::write(STDERR_FILENO, text.data(), text.size());
    if (wrote < 0 && errno != EINTR) return;  // training goes on without a reader
    if (wrote > 0) text.remove_prefix(static_cast<std::size_t>(wrote));
  }
}

void leave() {
  if (!visible.exchange(false)) return;
  put(kLeave);
  ::tcsetattr(STDERR_FILENO, TCSANOW, &before);
}

bool in_front() { return ::tcgetpgrp(STDERR_FILENO) == ::getpgrp(); }

// Ctrl-C and Ctrl-Z stay signals.
void enter() {
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0, raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDERR_FILENO, TCSANOW, &raw);
  put(kEnter);
  visible = true;
}

void handle(int signal, void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = flags;
  ::sigaction(signal, &action, nullptr);
}

// Stops the process as SIGTSTP does by itself, which a handler stands in for.
void stop_here() {
  leave();
  handle(SIGTSTP, SIG_DFL, 0);
  sigset_t only, old;
  sigemptyset(&only);
  sigaddset(&only, SIGTSTP);
  ::raise(SIGTSTP);
  ::pthread_sigmask(SIG_UNBLOCK, &only, &old);  // here the process stands still
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

void on_stop(int) {
  const int error = errno;
  if (busy.exchange(true)) {
    stop_asked = true;  // whoever is busy does it
  } else {
    stop_here();
    handle(SIGTSTP, on_stop, SA_RESTART);
    busy = false;
  }
  errno = error;
}

// Whoever was in front meanwhile has set the terminal as it likes: all is to be drawn anew.
void on_continue(int) { visible = false; }

// Signals that end the process, and what was to be done at each.
constexpr int kFatal[] = {SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
struct sigaction before_fatal[std::size(kFatal)];

// The same signal again, as if there had been no screen, when this handler has returned.
void on_fatal(int signal) {
  leave();
  for (std::size_t i = 0; i < std::size(kFatal); ++i)
    if (kFatal[i] == signal) ::sigaction(signal, &before_fatal[i], nullptr);
  ::raise(signal);
}

// Nobody else writes or leaves meanwhile; a Ctrl-Z that came takes place at the end.
class Busy {
 public:
  Busy() {
    while (busy.exchange(true)) std::this_thread::yield();
  }
  ~Busy() {
    busy = false;
    if (stop_asked.exchange(false)) ::raise(SIGTSTP);
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
};

}  // namespace

bool Screen::possible(const Terminal& terminal) {
  termios settings{};
  return terminal.live() && in_front() && ::tcgetattr(STDERR_FILENO, &settings) == 0;
}

Screen::Screen() : keyboard_(::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {
  ::tcgetattr(STDERR_FILENO, &before);
  before_exit(leave);
  handle(SIGTSTP, on_stop, SA_RESTART);
  handle(SIGCONT, on_continue, SA_RESTART);
  for (std::size_t i = 0; i < std::size(kFatal); ++i) {
    ::sigaction(kFatal[i], nullptr, &before_fatal[i]);
    if (before_fatal[i].sa_handler != SIG_IGN) handle(kFatal[i], on_fatal, 0);
  }
}

Screen::~Screen() {
  {
    const Busy alone;
    leave();
  }
  handle(SIGTSTP, SIG_DFL, 0);
  handle(SIGCONT, SIG_DFL, 0);
  for (std::size_t i = 0; i < std::size(kFatal); ++i)
    ::sigaction(kFatal[i], &before_fatal[i], nullptr);
  before_exit(nullptr);
  if (keyboard_ >= 0) ::close(keyboard_);
}

Screen::Size Screen::size() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return {};
  return {size.ws_col, size.ws_row};
}

void Screen::draw(const std::vector<std::string>& lines) {
  const Busy alone;
  const auto now = size();
  const bool anew = !visible;
  if (anew) {
    if (!in_front()) return;
    enter();
  }
  std::string text;
  if (anew || now != drawn_size_) {
    drawn_.clear();
    text = "\x1b[2J";
  }
  for (std::size_t i = 0; i < std::max(lines.size(), drawn_.size()); ++i) {
    const auto line = i < lines.size() ? std::string_view(lines[i]) : std::string_view();
    const auto old = i < drawn_.size() ? std::string_view(drawn_[i]) : std::string_view();
    if (line != old) text += fmt::format("\x1b[{};1H{}\x1b[K", i + 1, line);
  }
  put(text);
  drawn_ = lines;
  drawn_size_ = now;
}

std::string Screen::keys() const {
  char bytes[256];
  const auto count = keyboard_ < 0 || !in_front() ? 0 : ::read(keyboard_, bytes, sizeof bytes);
  std::string keys;
  for (ssize_t i = 0; i < count; ++i) {
    if (bytes[i] != '\x1b') {
      keys += bytes[i];
      continue;
    }
    // ESC [ parameters letter, or ESC O letter.
    if (i + 1 < count && (bytes[i + 1] == '[' || bytes[i + 1] == 'O')) ++i;
    do ++i;
    while (i < count && (bytes[i] < '@' || bytes[i] > '~'));
  }
  return keys;
}

void Screen::wait(double seconds) const {
  pollfd keyboard{keyboard_, POLLIN, 0};  // one below 0 is passed over
  // In the background the keys are the shell's; a terminal that is gone has none.
  if (in_front() && ::poll(&keyboard, 1, static_cast<int>(seconds * 1000)) >= 0 &&
      (keyboard.revents & (POLLHUP | POLLERR)) == 0)
    return;
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace glia::cli
