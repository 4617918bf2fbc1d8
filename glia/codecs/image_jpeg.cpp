#include <csetjmp>
#include <cstdio>
// jpeglib.h needs FILE, and size_t, before it.
#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <string>

#include "glia/codecs/image.h"

namespace glia::codecs {
namespace {

// libjpeg reports through these. Errors leave by longjmp, so nothing with a destructor may lie
// between setjmp and the call that fails.
struct Problems : jpeg_error_mgr {
  std::jmp_buf leave;
  bool corrupt = false;             // pixels are missing or made up
  char text[JMSG_LENGTH_MAX] = {};  // of the first problem
};

void on_error(j_common_ptr info) {
  auto& problems = *static_cast<Problems*>(info->err);
  problems.format_message(info, problems.text);
  std::longjmp(problems.leave, 1);
}

// Warnings that mean lost pixels. Others (bytes between segments, an unknown Adobe marker) are
// common in photos that are whole.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  auto& problems = *static_cast<Problems*>(info->err);
  switch (problems.msg_code) {
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_MUST_RESYNC:
      if (!problems.corrupt) problems.format_message(info, problems.text);
      problems.corrupt = true;
      break;
    default:
      break;
  }
}

// A scan may take a few bytes, and a pass over all pixels: a small file of very many would be read
// for hours. Progressive files have about ten.
constexpr int kMostScans = 100;

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMostScans) return;
  auto& problems = *static_cast<Problems*>(info->err);
  std::snprintf(problems.text, sizeof problems.text, "it has more than %d scans", kMostScans);
  std::longjmp(problems.leave, 1);
}

struct Jpeg : jpeg_decompress_struct {
  Problems problems;
  jpeg_progress_mgr looking = {};
  Jpeg() {
    err = jpeg_std_error(&problems);
    problems.error_exit = on_error;
    problems.emit_message = on_message;
    problems.output_message = [](j_common_ptr) {};
  }
  ~Jpeg() { jpeg_destroy_decompress(this); }
  Jpeg(const Jpeg&) = delete;
  Jpeg& operator=(const Jpeg&) = delete;
};

bool begin(Jpeg& jpeg, std::string_view bytes) {
  if (setjmp(jpeg.problems.leave)) return false;
  jpeg_create_decompress(&jpeg);
  jpeg.looking.progress_monitor = on_progress;
  jpeg.progress = &jpeg.looking;
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return jpeg_read_header(&jpeg, TRUE) == JPEG_HEADER_OK;
}

bool start(Jpeg& jpeg, J_COLOR_SPACE colours, int shrink) {
  if (setjmp(jpeg.problems.leave)) return false;
  jpeg.out_color_space = colours;
  jpeg.scale_num = 1, jpeg.scale_denom = static_cast<unsigned>(shrink);
  jpeg.dct_method = JDCT_ISLOW;
  return jpeg_start_decompress(&jpeg);
}

// Leaves out columns that nobody needs, but for a block more on each side, because chroma is
// smoothed across blocks. `columns`: the first and how many; they become what is there.
bool crop(Jpeg& jpeg, JDIMENSION* columns) {
  if (setjmp(jpeg.problems.leave)) return false;
  jpeg_crop_scanline(&jpeg, &columns[0], &columns[1]);
  return true;
}

// Rows of `stride` bytes.
bool read_all(Jpeg& jpeg, std::uint8_t* to, std::size_t stride) {
  if (setjmp(jpeg.problems.leave)) return false;
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = to + jpeg.output_scanline * stride;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return !jpeg.problems.corrupt;
}

// Adobe's programs store the inks inverted, and nobody else writes such files.
void from_inks(const std::uint8_t* cmyk, std::size_t pixels, std::uint8_t* rgb) {
  for (std::size_t i = 0; i < pixels; ++i, cmyk += 4)
    for (int c = 0; c < 3; ++c) {
      const unsigned product = (255u - cmyk[c]) * cmyk[3] + 128u;
      *rgb++ = static_cast<std::uint8_t>(cmyk[3] - ((product + (product >> 8)) >> 8));
    }
}

}  // namespace

int decode_jpeg(std::string_view bytes, std::string_view name, const data::ImageRequest& request,
                data::Image& to) {
  Jpeg jpeg;
  if (!begin(jpeg, bytes)) damaged(name, jpeg.problems.text);
  const bool inks = jpeg.num_components == 4;
  // libjpeg makes grey only of what has luma, or is RGB.
  const auto colours = inks ? JCS_CMYK : request.grey ? JCS_GRAYSCALE : JCS_RGB;
  if (!start(jpeg, colours, request.shrink)) damaged(name, jpeg.problems.text);
  const int block = jpeg.max_h_samp_factor * jpeg.min_DCT_scaled_size;
  const int left = std::max(request.left - block, 0);
  const int right = std::min(request.right + block, static_cast<int>(jpeg.output_width));
  JDIMENSION columns[] = {static_cast<JDIMENSION>(left), static_cast<JDIMENSION>(right - left)};
  const bool worth_it = columns[1] + static_cast<JDIMENSION>(block) < jpeg.output_width;
  if (!worth_it) columns[0] = 0;
  if (worth_it && !crop(jpeg, columns)) damaged(name, jpeg.problems.text);
  make_room(name, jpeg.output_width, jpeg.output_height, request.grey, to);
  const std::size_t width = jpeg.output_width, pixels = width * jpeg.output_height;
  std::vector<std::uint8_t> stored(inks ? pixels * 4 : 0);
  const auto channels = static_cast<std::size_t>(to.channels);
  if (!read_all(jpeg, inks ? stored.data() : to.pixels.data(), width * (inks ? 4 : channels)))
    damaged(name, jpeg.problems.text);
  if (inks) {
    std::vector<std::uint8_t> rgb(request.grey ? pixels * 3 : 0);
    from_inks(stored.data(), pixels, request.grey ? rgb.data() : to.pixels.data());
    if (request.grey) to_grey(rgb.data(), pixels, to.pixels.data());
  }
  return static_cast<int>(columns[0]);
}

}  // namespace glia::codecs
