#include "glia/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "glia/base/format.h"

namespace glia::cli {
namespace {

constexpr int kPlainWidth = 100;  // of pipes and files, which have none

bool utf8_locale() {
  // The first that is set decides, as in setlocale(3).
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto value = Terminal::variable(name);
    if (!value) continue;
    std::transform(value->begin(), value->end(), value->begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return value->find("utf-8") != std::string::npos || value->find("utf8") != std::string::npos;
  }
  return false;
}

int columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Terminal::Terminal()
    : out_terminal_(::isatty(STDOUT_FILENO) == 1),
      err_terminal_(::isatty(STDERR_FILENO) == 1),
      dumb_(variable("TERM").value_or("dumb") == "dumb"),
      no_color_(variable("NO_COLOR").has_value()),
      utf8_(utf8_locale()) {}

report::Style Terminal::style(int descriptor, bool terminal) const {
  return {.color = terminal && !dumb_ && !no_color_,
          .unicode = utf8_,
          .width = terminal ? columns(descriptor) : kPlainWidth};
}

report::Style Terminal::out_style() const { return style(STDOUT_FILENO, out_terminal_); }
report::Style Terminal::err_style() const { return style(STDERR_FILENO, err_terminal_); }

void Terminal::print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return;
  if (errno == EPIPE) throw BrokenPipe{};
  fail("E-CLI-02", "standard output: it cannot be written: {}", std::strerror(errno));
}

void Terminal::flush() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  if (errno == EPIPE) throw BrokenPipe{};
  fail("E-CLI-02", "standard output: it cannot be written: {}", std::strerror(errno));
}

void Terminal::say(std::string_view text) {
  std::fflush(stdout);  // so that both read in order where they go to one place
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::optional<std::string> Terminal::variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace glia::cli
