// Small grey images in a terminal: a look at the data before the training.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "glia/report/style.h"

namespace glia::report {

struct Image {
  int width = 0;
  int height = 0;
  std::span<const float> pixels;  // [height, width], 0 dark .. 1 light; not owned
  std::string caption;            // under the image
  Paint role = Paint::plain;      // of the caption
};

struct ImageGrid {
  std::string title;
  std::vector<Image> images;
  int per_row = 0;  // images side by side, made smaller where they must be; 0: as many as fit as
                    // they are, one column to a pixel
};

// Half-block characters hold two rows of pixels in a line: greys with colour, else light and dark,
// in braille where the image must be made smaller. ASCII: one line for two rows, as shades. A wide
// image is averaged down to fit. A pixel outside 0 .. 1 is clamped, one that is not a number dark.
// Error E-REPORT-01 where `pixels` does not have width x height elements.
std::string render(const ImageGrid& grid, const Style& style);

}  // namespace glia::report
