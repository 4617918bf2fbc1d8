// Plots of lines and points: learning curves, ROC curves, predictions against the truth.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

enum class Draw : std::uint8_t { line, dashed, points };

struct Series {
  std::string name;
  std::vector<double> x;  // of a line increasing; empty: 1, 2, 3, ...
  std::vector<double> y;  // where one is not finite, the line has a gap
  Draw draw = Draw::line;
  std::vector<std::string> notes = {};  // of each point, on a page under the pointer; or none
  int color = -1;                       // on a page, from 0; -1: the next one
};

struct Plot {
  std::string title;
  std::string x_label;
  std::vector<Series> series;  // one or two read well; a terminal draws four at most
  int height = 12;             // lines of the plotting area, about: round numbers decide
  bool log_y = false;          // in a terminal; what is not above 0 is then a gap
  int most_width = 100;        // columns in all, where the style has more
  std::optional<double> mark;  // an x that is pointed at: the best epoch
  std::string mark_label;      // "best: epoch 7"
  // On a page. by_x: the pointer shows all lines at its x; else the point that is nearest to it.
  std::string y_label = {};
  bool by_x = true, square = false;
  bool linked = false;  // rows that are left of a table that filters lines (Table::filters_lines)
};

// The plot in at most style.width columns: braille dots (2 x 4 to a character) on axes with round
// numbers, a legend with each line's last value. Without colour the second line is dotted; in ASCII
// the lines are '*', 'o', '+' and 'x'. Where there is nothing to draw, one line says so.
std::string render(const Plot& plot, const Style& style);

// Round numbers that cover low .. high, about `count` of them: steps of 1, 2 or 5 times a power of
// ten. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
struct Ticks {
  std::vector<double> values;
  int decimals = 0;         // that tell them apart
  bool scientific = false;  // too small or too large for plain digits
  bool powers = false;      // the values are logarithms to base 10 of what they stand for
  std::string text(double value) const;
};
Ticks nice_ticks(double low, double high, int count, double least_step = 0);

}  // namespace glia::report
