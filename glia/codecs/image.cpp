#include "glia/codecs/image.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia::codecs {

void damaged(std::string_view name, std::string_view why) {
  fail("E-DATA-131", "{}: damaged: {}; make the file anew, or remove it", shown(name, 200),
       shown(why));
}

void make_room(std::string_view name, std::int64_t width, std::int64_t height, bool grey,
               data::Image& to) {
  if (width < 1 || height < 1 || width > data::kMostPixels / height)
    fail("E-DATA-132", "{}: {} x {} pixels; expected 1 to {}: make it smaller, or remove it",
         shown(name, 200), width, height, with_commas(data::kMostPixels));
  to.width = static_cast<int>(width), to.height = static_cast<int>(height);
  to.channels = grey ? 1 : 3;
  to.pixels.resize(static_cast<std::size_t>(width * height * to.channels));
}

void to_grey(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* grey) {
  for (std::size_t i = 0; i < pixels; ++i, rgb += 3)
    grey[i] = static_cast<std::uint8_t>(
        (19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + (1u << 15)) >> 16);
}

int decode_image(std::string_view bytes, std::string_view name, const data::ImageInfo& info,
                 const data::ImageRequest& request, data::Image& to) {
  if (info.format == data::ImageFormat::jpeg) return decode_jpeg(bytes, name, request, to);
  make_room(name, info.width, info.height, request.grey, to);
  if (info.format == data::ImageFormat::png)
    decode_png(bytes, name, to);
  else
    decode_webp(bytes, name, to);
  return 0;
}

}  // namespace glia::codecs
