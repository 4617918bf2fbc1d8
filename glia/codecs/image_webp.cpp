#include <webp/decode.h>

#include "glia/codecs/image.h"

namespace glia::codecs {

void decode_webp(std::string_view bytes, std::string_view name, data::Image& to) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  int width = 0, height = 0;
  if (!WebPGetInfo(data, bytes.size(), &width, &height) || width != to.width || height != to.height)
    damaged(name, "its headers contradict each other");
  std::vector<std::uint8_t> colours;
  auto& rgb = to.channels == 3 ? to.pixels : colours;
  rgb.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
  if (!WebPDecodeRGBInto(data, bytes.size(), rgb.data(), rgb.size(), width * 3))
    damaged(name, "its pixels cannot be decoded");
  if (to.channels == 1) to_grey(rgb.data(), to.pixels.size(), to.pixels.data());
}

}  // namespace glia::codecs
