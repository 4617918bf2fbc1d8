// Internal: what must hold of the heads of any bytes that a stranger calls an image, and files to
// begin with. Shared by the fuzzer (clang, ./x fuzz) and by a short test of every build.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "glia/base/error.h"
#include "glia/data/image.h"

namespace glia::data {

// True where the head was read. It is read or refused with an Error that has a code of the
// reader's; what was read can be decoded in the memory that its limit allows.
inline bool head_survives(std::string_view bytes, const char** broken) {
  ImageInfo info;
  try {
    info = inspect_image(bytes, "fuzz");
  } catch (const Error& error) {
    if (!error.code().starts_with("E-DATA-13")) *broken = "an error that is not the reader's";
    return false;
  }
  if (info.width < 1 || info.height < 1 || std::int64_t{info.width} * info.height > kMostPixels)
    *broken = "a size beyond the limits";
  if (info.orientation < 1 || info.orientation > 8) *broken = "an orientation that Exif has not";
  return true;
}

// Small files by name: of each format, turned, and some that are just wrong.
inline std::map<std::string, std::string> image_header_seeds() {
  using namespace std::string_literals;
  const auto big = [](std::uint32_t value, int bytes) {
    std::string text;
    for (int i = bytes; i-- > 0;) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  const auto little = [](std::uint32_t value) {
    std::string text;
    for (int i = 0; i < 4; ++i) text += static_cast<char>(value >> (8 * i) & 255);
    return text;
  };
  const auto segment = [&](std::string_view marker, const std::string& data) {
    return "\xff"s + std::string(marker) + big(static_cast<std::uint32_t>(data.size()) + 2, 2) +
           data;
  };
  const auto chunk = [&](const std::string& type, const std::string& data) {
    return big(static_cast<std::uint32_t>(data.size()), 4) + type + data + "crc!";
  };
  const auto riff = [&](const std::string& type, const std::string& data) {
    return type + little(static_cast<std::uint32_t>(data.size())) + data;
  };
  const auto webp = [&](const std::string& chunks) {
    return "RIFF" + little(static_cast<std::uint32_t>(chunks.size()) + 4) + "WEBP" + chunks;
  };
  const std::string tiff = "MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"s;
  const std::string frame = "\x08"s + big(20, 2) + big(30, 2) + "\x03";
  const std::string header = big(30, 4) + big(20, 4) + "\x08\x02\0\0\0"s;
  const std::string lossy = "\0\0\0\x9d\x01\x2a\x1e\0\x14\0"s;
  std::map<std::string, std::string> seeds;
  seeds["jpeg"] = "\xff\xd8" + segment("\xe1", "Exif\0\0"s + tiff) + segment("\xc0", frame) +
                  segment("\xda", "scan");
  seeds["jpeg_without_size"] = "\xff\xd8" + segment("\xda", "scan");
  seeds["png"] =
      "\x89PNG\r\n\x1a\n" + chunk("IHDR", header) + chunk("eXIf", tiff) + chunk("IEND", "");
  seeds["webp"] = webp(riff("VP8 ", lossy) + riff("EXIF", tiff));
  seeds["webp_lossless"] = webp(riff("VP8L", "\x2f\x1d\xc0\x04\0"s));
  seeds["webp_animated"] = webp(riff("VP8X", "\x02\0\0\0"s));
  seeds["gif"] = "GIF89a";
  return seeds;
}

}  // namespace glia::data
