// The process's streams, what they can show, and the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "glia/report/style.h"

namespace glia::cli {

// Nobody reads standard output any more (`glia predict ... | head`): a reason to end, not an error.
struct BrokenPipe {};

// Colour where a terminal is at the other end, unless NO_COLOR is set or TERM is "dumb"; Unicode
// where the locale is UTF-8.
class Terminal {
 public:
  Terminal();

  report::Style out_style() const;  // of standard output, at its present width
  report::Style err_style() const;
  bool live() const { return err_terminal_ && !dumb_; }  // a line there can be redrawn
  bool out_is_terminal() const { return out_terminal_; }

  // Results, to standard output. BrokenPipe; E-CLI-02 where they cannot be written.
  void print(std::string_view text);
  void flush();
  // Messages and progress, to standard error. Never fails: training goes on without a reader.
  void say(std::string_view text);

  // An environment variable that is set and not empty.
  static std::optional<std::string> variable(const char* name);

 private:
  report::Style style(int descriptor, bool terminal) const;
  bool out_terminal_, err_terminal_, dumb_, no_color_, utf8_;
};

// Seconds on a clock that never goes back.
double now();

}  // namespace glia::cli
