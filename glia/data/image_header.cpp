// What the head of an image file says, read without a decoder. Every position is checked against
// the bytes that there are.
#include <optional>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/data/image.h"

namespace glia::data {
namespace {

using std::string_view;

// Whole numbers at any place; whoever asks makes sure that the place is there.
std::uint32_t big(string_view s, std::size_t at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i)
    value = value << 8 | static_cast<std::uint8_t>(s[at + static_cast<std::size_t>(i)]);
  return value;
}
std::uint32_t little(string_view s, std::size_t at, int bytes) {
  std::uint32_t value = 0;
  for (int i = bytes; i-- > 0;)
    value = value << 8 | static_cast<std::uint8_t>(s[at + static_cast<std::size_t>(i)]);
  return value;
}

[[noreturn]] void damaged(string_view name, string_view what) {
  fail("E-DATA-131", "{}: damaged: {}; make the file anew, or remove it", shown(name, 200), what);
}

// The orientation of Exif data, a TIFF file (TIFF 6.0, section 2; Exif 2.3, tag 0x0112). What
// cannot be read says nothing: photos with broken Exif are common, and their pixels are good.
std::optional<int> exif_orientation(string_view tiff) {
  constexpr string_view kPrefix("Exif\0\0", 6);
  if (tiff.starts_with(kPrefix)) tiff.remove_prefix(kPrefix.size());
  if (tiff.size() < 8) return std::nullopt;
  const bool is_big = tiff.starts_with("MM");
  if (!is_big && !tiff.starts_with("II")) return std::nullopt;
  const auto number = [&](std::size_t at, int bytes) {
    return is_big ? big(tiff, at, bytes) : little(tiff, at, bytes);
  };
  constexpr std::uint32_t kMagic = 42, kTag = 0x0112, kShort = 3;
  constexpr std::size_t kEntry = 12;
  if (number(2, 2) != kMagic) return std::nullopt;
  const std::size_t directory = number(4, 4);
  if (directory > tiff.size() - 2) return std::nullopt;
  const std::size_t entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntry;
    if (at + kEntry > tiff.size()) return std::nullopt;
    if (number(at, 2) != kTag || number(at + 2, 2) != kShort) continue;
    const auto value = static_cast<int>(number(at + 8, 2));
    return value >= 1 && value <= 8 ? std::optional(value) : std::nullopt;
  }
  return std::nullopt;
}

// ITU-T T.81, annex B: segments of a marker and a length, up to the first scan.
ImageInfo jpeg_info(string_view s, string_view name) {
  ImageInfo info{ImageFormat::jpeg};
  for (std::size_t at = 2;;) {
    while (at < s.size() && s[at] == '\xff') ++at;  // a marker may be preceded by any number
    if (at + 3 > s.size()) damaged(name, "it ends before its pixels begin");
    const auto marker = static_cast<std::uint8_t>(s[at]);
    const std::size_t length = big(s, at + 1, 2);
    if (length < 2 || at + 1 + length > s.size())
      damaged(name, "a segment is longer than the file");
    const string_view segment = s.substr(at + 3, length - 2);
    constexpr std::uint8_t kScan = 0xda, kApp1 = 0xe1;
    const bool frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (frame) {
      if (segment.size() < 6) damaged(name, "its frame header is too short");
      info.height = static_cast<int>(big(segment, 1, 2));
      info.width = static_cast<int>(big(segment, 3, 2));
    } else if (marker == kApp1 && segment.starts_with("Exif")) {
      info.orientation = exif_orientation(segment).value_or(info.orientation);
    } else if (marker == kScan) {
      if (info.height == 0) damaged(name, "its pixels begin before their size is said");
      return info;
    }
    at += 1 + length;
    if (at >= s.size() || s[at] != '\xff') damaged(name, "no marker where one is expected");
  }
}

// PNG, third edition, section 5: a signature, then chunks of a length, a name, data and a checksum.
ImageInfo png_info(string_view s, string_view name) {
  ImageInfo info{ImageFormat::png};
  constexpr std::size_t kSignature = 8, kAround = 12, kMost = 0x7fffffff;
  for (std::size_t at = kSignature;;) {
    if (s.size() - at < kAround) damaged(name, "it ends before its last chunk");
    const std::size_t length = big(s, at, 4);
    const string_view type = s.substr(at + 4, 4);
    if (length > s.size() - at - kAround) damaged(name, "a chunk is longer than the file");
    const string_view data = s.substr(at + 8, length);
    if (at == kSignature) {
      if (type != "IHDR" || length != 13) damaged(name, "it does not begin with a header");
      if (big(data, 0, 4) > kMost || big(data, 4, 4) > kMost)
        damaged(name, "a size that cannot be");
      info.width = static_cast<int>(big(data, 0, 4));
      info.height = static_cast<int>(big(data, 4, 4));
    } else if (type == "eXIf") {
      info.orientation = exif_orientation(data).value_or(info.orientation);
    } else if (type == "IEND") {
      return info;
    }
    at += kAround + length;
  }
}

// The size in a chunk of pixels: VP8 (RFC 6386, 9.1) or lossless (RFC 9649, 3.4).
void read_webp_size(string_view type, string_view data, string_view name, ImageInfo& info) {
  if (type == "VP8 ") {
    if (data.size() < 10 || data.substr(3, 3) != "\x9d\x01\x2a")
      damaged(name, "its frame header is no key frame's");
    info.width = static_cast<int>(little(data, 6, 2) & 0x3fff);
    info.height = static_cast<int>(little(data, 8, 2) & 0x3fff);
  } else {
    if (data.size() < 5 || data[0] != '\x2f') damaged(name, "its header is no lossless image's");
    const std::uint32_t bits = little(data, 1, 4);
    info.width = static_cast<int>(bits & 0x3fff) + 1;
    info.height = static_cast<int>(bits >> 14 & 0x3fff) + 1;
  }
}

// RFC 9649, section 2: a RIFF file of chunks.
ImageInfo webp_info(string_view s, string_view name) {
  ImageInfo info{ImageFormat::webp};
  if (std::uint64_t{little(s, 4, 4)} + 8 > s.size()) damaged(name, "it was cut short");
  constexpr std::size_t kHead = 12, kChunk = 8;
  for (std::size_t at = kHead; s.size() - at >= kChunk;) {
    const string_view type = s.substr(at, 4);
    const std::size_t length = little(s, at + 4, 4);
    if (length > s.size() - at - kChunk) damaged(name, "a chunk is longer than the file");
    const string_view data = s.substr(at + kChunk, length);
    constexpr int kAnimated = 2;
    if (type == "VP8X" && !data.empty() && (data[0] & kAnimated) != 0)
      fail("E-DATA-130", "{}: an animation; expected a single image", shown(name, 200));
    if (type == "VP8 " || type == "VP8L") read_webp_size(type, data, name, info);
    if (type == "EXIF") info.orientation = exif_orientation(data).value_or(info.orientation);
    at += std::min(kChunk + length + length % 2, s.size() - at);  // chunks are padded to even
  }
  if (info.width == 0) damaged(name, "it holds no image");
  return info;
}

// What a file that is no image of ours looks like, for the message.
string_view kind_of(string_view s) {
  const auto begins = [&](string_view with) { return s.starts_with(with); };
  if (s.empty()) return "an empty file";
  if (begins("GIF8")) return "a GIF file";
  if (begins("BM")) return "a BMP file";
  if (begins("II*") || begins(string_view("MM\0*", 4))) return "a TIFF file";
  if (begins("%PDF")) return "a PDF file";
  if (begins("<")) return "a page or a drawing in markup (HTML, SVG)";
  if (s.size() >= 12 && s.substr(4, 4) == "ftyp") return "a HEIC, AVIF or video file";
  return "no image";
}

}  // namespace

ImageInfo inspect_image(string_view bytes, string_view name) {
  ImageInfo info;
  if (bytes.starts_with("\xff\xd8\xff")) {
    info = jpeg_info(bytes, name);
  } else if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    info = png_info(bytes, name);
  } else if (bytes.size() >= 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") {
    info = webp_info(bytes, name);
  } else {
    fail("E-DATA-130", "{}: {}; expected JPEG, PNG or WebP: convert it, or remove it",
         shown(name, 200), kind_of(bytes));
  }
  if (info.width < 1 || info.height < 1 || std::int64_t{info.width} * info.height > kMostPixels)
    fail("E-DATA-132", "{}: {} x {} pixels; expected 1 to {}: make it smaller, or remove it",
         shown(name, 200), info.width, info.height, with_commas(kMostPixels));
  return info;
}

}  // namespace glia::data
