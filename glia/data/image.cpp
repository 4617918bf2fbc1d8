#include "glia/data/image.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/data/codecs.h"

namespace glia::data {
namespace {

// The largest of 1, 2, 4, 8 by which an image is divided and keeps twice the size that is wanted.
int shrink_for(const ImageInfo& info, const DecodeOptions& o) {
  if (info.format != ImageFormat::jpeg || o.width < 1 || o.height < 1) return 1;
  const bool sideways = info.orientation >= 5;
  const std::int64_t width = sideways ? o.height : o.width, height = sideways ? o.width : o.height;
  int shrink = 8;
  while (shrink > 1 && (info.width < 2 * width * shrink || info.height < 2 * height * shrink))
    shrink /= 2;
  return shrink;
}

}  // namespace

void turn(Image& image, int orientation) {
  if (orientation <= 1 || orientation > 8) return;
  // Exif's numbers less 1: bit 2 exchanges the axes, and after that 1, 2, 3 mirror.
  const bool exchange = orientation >= 5;
  const bool mirror_x =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 6;
  const bool mirror_y =
      orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image turned{exchange ? image.width : image.height, exchange ? image.height : image.width,
               image.channels, std::vector<std::uint8_t>(image.pixels.size())};
  auto* to = turned.pixels.data();
  for (int y = 0; y < turned.height; ++y)
    for (int x = 0; x < turned.width; ++x) {
      const int mx = mirror_x ? turned.width - 1 - x : x, my = mirror_y ? turned.height - 1 - y : y;
      const int from_y = exchange ? mx : my, from_x = exchange ? my : mx;
      const auto at = (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(image.width) +
                       static_cast<std::size_t>(from_x)) *
                      static_cast<std::size_t>(image.channels);
      to = std::copy_n(image.pixels.data() + at, image.channels, to);
    }
  image = std::move(turned);
}

Decoded decode_image(std::string_view bytes, std::string_view name, const ImageInfo& info,
                     const DecodeOptions& options, Image& to) {
  const int shrink = shrink_for(info, options);
  Decoded decoded{0, (info.width + shrink - 1) / shrink};
  int right = decoded.width;
  if (info.format == ImageFormat::jpeg && info.orientation == 1 && options.left < options.right) {
    const auto column = [&](double x) {
      return std::clamp(static_cast<int>(x / shrink), 0, decoded.width);
    };
    decoded.left = column(options.left);
    right = std::min(column(options.right) + 1, decoded.width);
  }
  decoded.left = codecs().decode_image(bytes, name, info,
                                       {.grey = options.colour == Colour::grey,
                                        .shrink = shrink,
                                        .left = decoded.left,
                                        .right = right},
                                       to);
  turn(to, info.orientation);
  if (info.orientation >= 5) decoded.width = to.width;
  return decoded;
}

Image decode_image(std::string_view bytes, std::string_view name, const DecodeOptions& options) {
  Image image;
  DecodeOptions whole = options;
  whole.left = whole.right = 0;
  decode_image(bytes, name, inspect_image(bytes, name), whole, image);
  return image;
}

std::string encode_png(const Image& image) {
  const bool channels = image.channels == 1 || image.channels == 3 || image.channels == 4;
  const auto expected = static_cast<std::size_t>(std::max(image.height, 0)) *
                        static_cast<std::size_t>(std::max(image.width, 0)) *
                        static_cast<std::size_t>(std::max(image.channels, 0));
  if (!channels || image.pixels.empty() || image.pixels.size() != expected)
    fail("E-DATA-132",
         "PNG: an image of {} x {} pixels, {} channels and {} bytes; expected 1, 3 or 4 channels "
         "and a byte for each",
         image.width, image.height, image.channels, image.pixels.size());
  return codecs().encode_png(image);
}

}  // namespace glia::data
