#include "glia/report/canvas.h"

#include <algorithm>
#include <cstdlib>

namespace glia::report {
namespace {

// The bit of a dot in its braille character: Unicode numbers them down the columns, the last row
// apart.
constexpr unsigned kBraille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

std::string braille(unsigned dots) {  // U+2800 + dots
  return {'\xE2', static_cast<char>(0xA0 | (dots >> 6)), static_cast<char>(0x80 | (dots & 0x3F))};
}

}  // namespace

Canvas::Canvas(int columns, int rows, const Style& style)
    : columns_(columns),
      rows_(rows),
      style_(style),
      cells_(static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows)) {}

Canvas::Cell* Canvas::cell_at(int x, int y) {
  if (x < 0 || y < 0 || x >= dots_across() || y >= dots_down()) return nullptr;
  const int column = style_.unicode ? x / 2 : x, row = style_.unicode ? y / 4 : y;
  return &cells_[static_cast<std::size_t>(row * columns_ + column)];
}

void Canvas::dot(int x, int y, int series) {
  auto* cell = cell_at(x, y);
  if (!cell) return;
  cell->dots |= style_.unicode ? kBraille[y % 4][x % 2] : 1u;
  cell->series = series;
}

void Canvas::point(int x, int y, int series) {
  dot(x, y, series);
  if (auto* cell = cell_at(x, y)) cell->point = true;
}

void Canvas::line(int x0, int y0, int x1, int y1, int series, bool dotted) {
  const int steps = std::max({std::abs(x1 - x0), std::abs(y1 - y0), 1});
  for (int i = 0; i <= steps; ++i) {
    const int x = x0 + (x1 - x0) * i / steps;
    const int y =
        y0 + static_cast<int>((2LL * (y1 - y0) * i + (y1 >= y0 ? steps : -steps)) / (2LL * steps));
    if (!dotted || (x + y) % 4 < 1 + (y1 == y0)) dot(x, y, series);
  }
}

std::string Canvas::row(int y) const {
  std::string out, run;
  int run_series = -1;
  const auto flush = [&] {
    out += run_series < 0 ? run : paint(run, paint_of_series(run_series), style_);
    run.clear();
  };
  for (int x = 0; x < columns_; ++x) {
    const auto& cell = cells_[static_cast<std::size_t>(y * columns_ + x)];
    if (cell.series != run_series) flush(), run_series = cell.series;
    if (cell.series < 0)
      run += ' ';
    else if (!style_.unicode)
      run += letter_of_series(cell.series);
    else
      run += cell.point ? "●" : braille(cell.dots);
  }
  flush();
  return out;
}

Paint paint_of_series(int series) {
  constexpr Paint kPaints[] = {Paint::first, Paint::second, Paint::third, Paint::fourth};
  return kPaints[series % 4];
}

char letter_of_series(int series) { return "*o+x"[series % 4]; }

}  // namespace glia::report
