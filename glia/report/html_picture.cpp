#include <zlib.h>

#include <algorithm>
#include <array>

#include "glia/base/format.h"
#include "glia/report/html_parts.h"

namespace glia::report {
namespace {

constexpr int kSmall = 96;  // pixels: what is smaller is enlarged towards this

std::string_view type_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\x89PNG"sv)) return "image/png";
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return "image/jpeg";
  if (bytes.starts_with("GIF8"sv)) return "image/gif";
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return "image/webp";
  return "";
}

void append_u32(std::string& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xFF);
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<std::uint32_t>(data.size()));
  const std::size_t begin = out.size();
  out.append(type).append(data);
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  append_u32(out,
             static_cast<std::uint32_t>(crc32(0, bytes, static_cast<uInt>(out.size() - begin))));
}

std::string source_of(const Picture& picture) {
  if (!picture.encoded.empty()) {
    const auto type = type_of(picture.encoded);
    if (type.empty())
      fail("E-REPORT-10", "picture '{}': its {} bytes are no PNG, JPEG, WebP or GIF",
           html_text(picture.caption), picture.encoded.size());
    return fmt::format("data:{};base64,{}", type, base64(picture.encoded));
  }
  const auto area = static_cast<std::size_t>(std::max(0, picture.width)) *
                    static_cast<std::size_t>(std::max(0, picture.height));
  if (area == 0 || (picture.pixels.size() != area && picture.pixels.size() != 3 * area))
    fail("E-REPORT-01", "picture '{}': {} values for {} x {} pixels; expected one or three each",
         html_text(picture.caption), picture.pixels.size(), picture.width, picture.height);
  return "data:image/png;base64," +
         base64(png(picture.width, picture.height, picture.pixels.size() == area ? 1 : 3,
                    picture.pixels));
}

}  // namespace

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      out += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string png(int width, int height, int channels, std::span<const std::uint8_t> pixels) {
  std::string header;
  append_u32(header, static_cast<std::uint32_t>(width));
  append_u32(header, static_cast<std::uint32_t>(height));
  header += {8, static_cast<char>(channels == 1 ? 0 : 2), 0, 0, 0};
  const auto line = static_cast<std::size_t>(width) * static_cast<std::size_t>(channels);
  std::string lines;
  for (std::size_t y = 0; y < static_cast<std::size_t>(height); ++y) {
    lines += '\0';  // no filter
    lines.append(reinterpret_cast<const char*>(pixels.data() + y * line), line);
  }
  uLongf size = compressBound(static_cast<uLong>(lines.size()));
  std::string packed(size, '\0');
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
            reinterpret_cast<const Bytef*>(lines.data()), static_cast<uLong>(lines.size()), 9);
  packed.resize(size);
  std::string out = "\x89PNG\r\n\x1a\n";
  append_chunk(out, "IHDR", header);
  append_chunk(out, "IDAT", packed);
  append_chunk(out, "IEND", "");
  return out;
}

std::string html_sounds(const Sounds& sounds) {
  std::string out = "<figure class=\"sounds\">";
  if (!sounds.title.empty())
    out += fmt::format("<figcaption>{}</figcaption>", html_text(sounds.title));
  out += "<div>";
  for (const auto& [encoded, caption] : sounds.sounds) {
    const std::string_view type = encoded.starts_with("RIFF")   ? "audio/wav"
                                  : encoded.starts_with("fLaC") ? "audio/flac"
                                                                : "";
    if (type.empty() && !encoded.empty())
      fail("E-REPORT-13", "sound '{}': its {} bytes are no WAV or FLAC", html_text(caption),
           encoded.size());
    out += "<figure>";
    if (!encoded.empty())
      out += fmt::format("<audio controls preload=\"none\" src=\"data:{};base64,{}\"></audio>",
                         type, base64(encoded));
    out += fmt::format("<figcaption>{}</figcaption></figure>", html_text(caption));
  }
  return out + "</div></figure>\n";
}

std::string html_pictures(const Pictures& pictures) {
  std::string out = "<figure class=\"pictures\">";
  if (!pictures.title.empty())
    out += fmt::format("<figcaption>{}</figcaption>", html_text(pictures.title));
  out += "<div>";
  for (const auto& picture : pictures.pictures) {
    int width = picture.shown_width;
    if (width == 0 && picture.width > 0)
      width = picture.width * std::max(1, kSmall / std::max(picture.width, picture.height));
    const auto caption = html_text(picture.caption);
    out += fmt::format(
        "<figure><img src=\"{}\" alt=\"{}\"{}{}><figcaption>{}</figcaption></figure>",
        source_of(picture), caption, width > 0 ? fmt::format(" width=\"{}\"", width) : "",
        picture.width > 0 && width > picture.width ? " class=\"pixels\"" : "", caption);
  }
  return out + "</div></figure>\n";
}

}  // namespace glia::report
