// Internal: images, by libjpeg-turbo, libpng and libwebp.
#pragma once

#include "glia/data/codecs.h"

namespace glia::codecs {

int decode_image(std::string_view bytes, std::string_view name, const data::ImageInfo& info,
                 const data::ImageRequest& request, data::Image& to);
std::string encode_png(const data::Image& image);

// Of each format; `to` has its size and channels already, but of a JPEG, which sets them.
int decode_jpeg(std::string_view bytes, std::string_view name, const data::ImageRequest& request,
                data::Image& to);
void decode_png(std::string_view bytes, std::string_view name, data::Image& to);
void decode_webp(std::string_view bytes, std::string_view name, data::Image& to);

// Sets size and room. Error E-DATA-132 beyond data::kMostPixels: a decoder may find another size
// than the head of the file said.
void make_room(std::string_view name, std::int64_t width, std::int64_t height, bool grey,
               data::Image& to);

// Grey of ITU-R 601 in 16 bits, from 3 bytes a pixel.
void to_grey(const std::uint8_t* rgb, std::size_t pixels, std::uint8_t* grey);

[[noreturn]] void damaged(std::string_view name, std::string_view why);

}  // namespace glia::codecs
