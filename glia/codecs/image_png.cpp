#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "glia/codecs/image.h"

namespace glia::codecs {
namespace {

// libpng leaves by longjmp where something is wrong, so nothing with a destructor may lie between
// setjmp and the call that fails. Memory for a file in the making, and the place in one that is
// read.
struct Memory {
  std::string_view bytes;
  std::string* written = nullptr;
  char problem[128] = {};
};

void on_error(png_structp png, png_const_charp text) {
  auto& memory = *static_cast<Memory*>(png_get_error_ptr(png));
  std::strncpy(memory.problem, text, sizeof memory.problem - 1);
  png_longjmp(png, 1);
}
void on_warning(png_structp, png_const_charp) {}

void read_from(png_structp png, png_bytep to, std::size_t count) {
  auto& memory = *static_cast<Memory*>(png_get_io_ptr(png));
  if (count > memory.bytes.size()) png_error(png, "it was cut short");
  std::memcpy(to, memory.bytes.data(), count);
  memory.bytes.remove_prefix(count);
}
void write_to(png_structp png, png_bytep from, std::size_t count) {
  static_cast<Memory*>(png_get_io_ptr(png))
      ->written->append(reinterpret_cast<const char*>(from), count);
}
void flush(png_structp) {}

struct Reader {
  Memory memory;
  png_structp png = nullptr;
  png_infop info = nullptr;
  explicit Reader(std::string_view bytes) : memory{bytes} {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &memory, on_error, on_warning);
    if (png) info = png_create_info_struct(png);
  }
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
};

// Everything becomes 8 bits of grey or RGB; `stride`: bytes of a row then.
bool begin(Reader& r, std::size_t& stride) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  png_set_read_fn(r.png, &r.memory, read_from);
  png_set_user_limits(r.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // inspect_image has looked
  png_read_info(r.png, r.info);
  png_set_expand(r.png);       // palettes to RGB, few bits to 8
  png_set_strip_16(r.png);     // the upper byte
  png_set_strip_alpha(r.png);  // without blending: the colours as stored
  png_set_interlace_handling(r.png);
  png_read_update_info(r.png, r.info);
  stride = png_get_rowbytes(r.png, r.info);
  return true;
}

bool read_rows(Reader& r, png_bytepp rows) {
  if (setjmp(png_jmpbuf(r.png))) return false;
  png_read_image(r.png, rows);
  png_read_end(r.png, nullptr);
  return true;
}

bool write_rows(png_structp png, png_infop info, Memory& memory, const data::Image& image) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_write_fn(png, &memory, write_to, flush);
  const int type = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                   : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                         : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  const auto stride =
      static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.channels);
  for (int y = 0; y < image.height; ++y)
    png_write_row(png, image.pixels.data() + static_cast<std::size_t>(y) * stride);
  png_write_end(png, info);
  return true;
}

}  // namespace

void decode_png(std::string_view bytes, std::string_view name, data::Image& to) {
  Reader reader(bytes);
  std::size_t stride = 0;
  if (!reader.info || !begin(reader, stride)) damaged(name, reader.memory.problem);
  const auto height = static_cast<std::size_t>(to.height),
             width = static_cast<std::size_t>(to.width);
  const bool colours = stride == 3 * width;
  if (!colours && stride != width) damaged(name, "its headers contradict each other");
  // Where the file and the wish differ, rows of the file lie beside.
  const bool beside = colours != (to.channels == 3);
  std::vector<std::uint8_t> stored(beside ? stride * height : 0);
  std::uint8_t* const from = beside ? stored.data() : to.pixels.data();
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) rows[y] = from + y * stride;
  if (!read_rows(reader, rows.data())) damaged(name, reader.memory.problem);
  if (!beside) return;
  if (colours) return to_grey(stored.data(), width * height, to.pixels.data());
  for (std::size_t i = 0; i < width * height; ++i)
    std::fill_n(to.pixels.data() + 3 * i, 3, stored[i]);
}

std::string encode_png(const data::Image& image) {
  std::string bytes;
  Memory memory{{}, &bytes};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &memory, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  const bool written = info && write_rows(png, info, memory, image);
  png_destroy_write_struct(&png, &info);
  if (!written) damaged("PNG", memory.problem);
  return bytes;
}

}  // namespace glia::codecs
