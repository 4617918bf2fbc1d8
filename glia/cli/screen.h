// The whole terminal as a screen, and its keys.
#pragma once

#include <string>
#include <vector>

#include "glia/cli/terminal.h"

namespace glia::cli {

// While one lives, standard error's terminal shows its alternate screen, and keys are read as they
// are typed. What was on the terminal before comes back at its end, and also where the process is
// stopped (Ctrl-Z) or ended by any signal but SIGKILL. At most one at a time.
class Screen {
 public:
  // Standard error is a terminal that can be drawn on, and this process is the one in front.
  static bool possible(const Terminal& terminal);

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  struct Size {
    int columns = 80, rows = 24;
    bool operator==(const Size&) const = default;
  };
  static Size size();  // at present

  // Lines from above, none as wide as the terminal: what differs from the last time is written, at
  // once. Nothing while the process is in the background; whole where it comes back.
  void draw(const std::vector<std::string>& lines);
  // What was typed since the last call: characters without the sequences of arrows and the like.
  std::string keys() const;
  void wait(double seconds) const;  // until a key is typed, at most so long

 private:
  int keyboard_;
  Size drawn_size_;
  std::vector<std::string> drawn_;
};

}  // namespace glia::cli
