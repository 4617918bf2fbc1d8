// Internal: a grid of characters on which lines are drawn.
#pragma once

#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

class Canvas {
 public:
  Canvas(int columns, int rows, const Style& style);

  int dots_across() const { return columns_ * (style_.unicode ? 2 : 1); }
  int dots_down() const { return rows_ * (style_.unicode ? 4 : 1); }

  // Lines between dots, (0, 0) above left. A later line lies on top. `dotted` leaves gaps.
  void line(int x0, int y0, int x1, int y1, int series, bool dotted);
  void dot(int x, int y, int series);
  // A single character where a lone dot would be missed.
  void point(int x, int y, int series);

  std::string row(int y) const;  // with colours, without an end of line

 private:
  struct Cell {
    unsigned dots = 0;
    bool point = false;
    int series = -1;
  };
  Cell* cell_at(int x, int y);
  int columns_, rows_;
  Style style_;
  std::vector<Cell> cells_;
};

Paint paint_of_series(int series);
char letter_of_series(int series);  // in ASCII

}  // namespace glia::report
