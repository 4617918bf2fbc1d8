#include "glia/report/image.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"

namespace glia::report {
namespace {

constexpr int kGap = 2;

struct Grey {
  int width = 0, height = 0;
  std::vector<float> pixels;
  float at(int y, int x) const {
    return y < height ? pixels[static_cast<std::size_t>(y * width + x)] : 0;
  }
};

// Box filter: each target pixel is the mean of the part of the source that it covers.
Grey scaled(const Image& image, int width) {
  const double ratio = static_cast<double>(image.width) / width;
  Grey out{width, std::max(1, static_cast<int>(std::lround(image.height / ratio))), {}};
  const double ratio_y = static_cast<double>(image.height) / out.height;
  const auto cover = [](double from, double to, int cell) {
    return std::max(0.0, std::min(to, cell + 1.0) - std::max(from, static_cast<double>(cell)));
  };
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < width; ++x) {
      double sum = 0, area = 0;
      const double top = y * ratio_y, left = x * ratio;
      for (int v = static_cast<int>(top); v < std::min<double>(image.height, top + ratio_y); ++v)
        for (int u = static_cast<int>(left); u < std::min<double>(image.width, left + ratio); ++u) {
          const float raw = image.pixels[static_cast<std::size_t>(v * image.width + u)];
          const double share = cover(top, top + ratio_y, v) * cover(left, left + ratio, u);
          sum += share * (raw > 0 ? std::min(raw, 1.0f) : 0.0f), area += share;
        }
      out.pixels.push_back(static_cast<float>(area > 0 ? sum / area : 0));
    }
  return out;
}

// The 256-colour palette's greys: 16 black, 232 .. 255, 231 white.
int grey_code(float value) {
  const int level = static_cast<int>(std::lround(value * 25));
  return level == 0 ? 16 : level == 25 ? 231 : 231 + level;
}

std::string coloured_line(const Grey& grey, int y, const Style& style) {
  std::string out;
  for (int x = 0; x < grey.width;) {  // equal neighbours share one escape sequence
    const int top = grey_code(grey.at(y, x)), bottom = grey_code(grey.at(y + 1, x));
    int end = x + 1;
    while (end < grey.width && grey_code(grey.at(y, end)) == top &&
           grey_code(grey.at(y + 1, end)) == bottom)
      ++end;
    out +=
        paint(repeat(top == bottom ? " " : "▀", end - x), top == bottom ? -1 : top, bottom, style);
    x = end;
  }
  return out;
}

std::string plain_line(const Grey& grey, int y, const Style& style) {
  static constexpr std::string_view kShades = " .:-=+*#%@";
  static constexpr std::string_view kBlocks[] = {" ", "▀", "▄", "█"};
  std::string out;
  for (int x = 0; x < grey.width; ++x) {
    const float top = grey.at(y, x), bottom = grey.at(y + 1, x);
    if (style.unicode)
      out += kBlocks[(top >= 0.4f ? 1 : 0) + (bottom >= 0.4f ? 2 : 0)];
    else
      out += kShades[static_cast<std::size_t>(std::lround((top + bottom) / 2 * 9))];
  }
  return out;
}

// Eight pixels to a character: what an image loses in size it keeps in shape.
std::string braille_line(const Grey& grey, int y) {
  static constexpr unsigned kDots[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  std::string out;
  for (int x = 0; x < grey.width; x += 2) {
    unsigned dots = 0;
    for (int v = 0; v < 4; ++v)
      for (int u = 0; u < 2; ++u)
        if (x + u < grey.width && grey.at(y + v, x + u) >= 0.4f) dots |= kDots[v][u];
    out += dots == 0 ? " "
                     : std::string{'\xE2', static_cast<char>(0xA0 | (dots >> 6)),
                                   static_cast<char>(0x80 | (dots & 0x3F))};
  }
  return out;
}

// An image as lines of text, all `columns` wide.
struct Picture {
  int columns = 0;
  std::vector<std::string> lines;
};

Picture picture_of(const Image& image, int widest, const Style& style) {
  if (image.width == 0 || image.height == 0) return {};
  const bool braille = style.unicode && !style.color && image.width > widest;
  const auto grey = scaled(image, std::min(image.width, braille ? 2 * widest : widest));
  Picture picture{braille ? (grey.width + 1) / 2 : grey.width, {}};
  for (int y = 0; y < grey.height; y += braille ? 4 : 2)
    picture.lines.push_back(braille                        ? braille_line(grey, y)
                            : style.color && style.unicode ? coloured_line(grey, y, style)
                                                           : plain_line(grey, y, style));
  return picture;
}

void end_line(std::string& out) {
  while (out.ends_with(' ')) out.pop_back();
  out += '\n';
}

std::string caption_line(std::span<const Image> images, const std::vector<Picture>& pictures,
                         const Style& style) {
  std::string out = repeat(" ", kGap);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const int columns = pictures[i].columns;
    const auto text = fit(clean(images[i].caption, style), columns, style);
    const int before = (columns - display_width(text)) / 2;
    out += repeat(" ", before + (i ? kGap : 0)) + paint(text, images[i].role, style) +
           repeat(" ", columns - before - display_width(text));
  }
  end_line(out);
  return out;
}

std::string row_of(std::span<const Image> images, int widest, const Style& style) {
  std::vector<Picture> pictures;
  std::size_t lines = 0;
  bool captions = false;
  for (const auto& image : images) {
    pictures.push_back(picture_of(image, widest, style));
    lines = std::max(lines, pictures.back().lines.size());
    captions = captions || !image.caption.empty();
  }
  std::string out;
  for (std::size_t line = 0; line < lines; ++line) {
    for (const auto& picture : pictures)
      out += repeat(" ", kGap) +
             (line < picture.lines.size() ? picture.lines[line] : repeat(" ", picture.columns));
    end_line(out);
  }
  return captions ? out + caption_line(images, pictures, style) : out;
}

}  // namespace

std::string render(const ImageGrid& grid, const Style& given) {
  Style style = given;
  style.width = std::max(20, style.width);
  int widest = 1;
  for (const auto& image : grid.images) {
    if (image.width < 0 || image.height < 0 ||
        image.pixels.size() !=
            static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height))
      fail("E-REPORT-01", "image '{}': got {} pixels for {} x {}; expected width x height",
           image.caption, image.pixels.size(), image.width, image.height);
    widest = std::max(widest, image.width);
  }
  const int room = style.width - kGap;
  const int natural = std::max(1, (room + kGap) / (widest + kGap));
  const auto per_row = static_cast<std::size_t>(grid.per_row > 0 ? grid.per_row : natural);
  const int most = (room + kGap) / static_cast<int>(per_row) - kGap;
  widest = std::clamp(most, 1, widest);

  std::string out;
  if (!grid.title.empty())
    out += "  " + paint(fit(clean(grid.title, style), room, style), Paint::bold, style) + "\n";
  for (std::size_t begin = 0; begin < grid.images.size(); begin += per_row) {
    if (begin) out += "\n";
    const auto count = std::min(per_row, grid.images.size() - begin);
    out += row_of(std::span(grid.images).subspan(begin, count), widest, style);
  }
  return out;
}

}  // namespace glia::report
