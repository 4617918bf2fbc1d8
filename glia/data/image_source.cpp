#include "glia/data/image_source.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <mutex>

#include "glia/base/file.h"
#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/base/text.h"
#include "glia/data/each.h"

namespace glia::data {
namespace {

namespace fs = std::filesystem;

// Zeroes all rows from `count` on, and gives where they begin.
std::byte* row_of(Tensor& t, std::int64_t row) {
  const auto rows = static_cast<std::size_t>(t.shape()[0].value());
  return t.raw() + t.bytes() / rows * static_cast<std::size_t>(row);
}
void clear_from(Tensor& t, std::int64_t count) {
  std::byte* const from = row_of(t, count);
  std::memset(from, 0, t.bytes() - static_cast<std::size_t>(from - t.raw()));
}

// torchvision's CenterCrop: half of what is left over, a half rounded to even.
double margin(int whole, int part) { return std::nearbyint((whole - part) / 2.0); }

void to_mask(const Image& image, MaskKind kind, std::byte* to) {
  if (kind == MaskKind::binary) {
    auto* const out = reinterpret_cast<float*>(to);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) out[i] = image.pixels[i] > 127 ? 1 : 0;
  } else {
    std::copy(image.pixels.begin(), image.pixels.end(), reinterpret_cast<std::int64_t*>(to));
  }
}

}  // namespace

// What becomes of an image of `image_width` x `image_height`: its part `region` is made `width` x
// `height` and lies at (left, top) of the batch's image. The whole image would be made
// `whole_width` x `whole_height` by that.
struct ImageSource::Cut {
  double image_width, image_height;
  Region region;
  int width, height, left, top;
  int whole_width, whole_height;
};

ImageSource::ImageSource(std::vector<fs::path> paths, Tensor targets, ImageOptions options)
    : paths_(std::move(paths)), targets_(std::move(targets)), options_(std::move(options)) {
  if (targets_.shape().rank() == 0 || targets_.shape()[0] != Dim(size()))
    fail("E-DATA-70", "images: targets {} for {} files; expected one for each",
         targets_.shape().text(), size());
  if (targets_.dtype() != DType::i64 && targets_.dtype() != DType::f32)
    fail("E-DATA-71", "images: targets of {}; expected i64 or f32", name_of(targets_.dtype()));
  check();
}

ImageSource::ImageSource(std::vector<fs::path> paths, std::vector<fs::path> masks, MaskKind kind,
                         ImageOptions options)
    : paths_(std::move(paths)),
      masks_(std::move(masks)),
      mask_kind_(kind),
      options_(std::move(options)) {
  if (masks_.size() != paths_.size() || masks_.empty())
    fail("E-DATA-70", "images: {} masks for {} files; expected one for each", masks_.size(),
         paths_.size());
  check();
}

void ImageSource::check() {
  const auto& o = options_;
  constexpr int kMostSide = 1 << 15;
  const int shorter = std::min(o.width, o.height);
  if (shorter < 1 || std::max(o.width, o.height) > kMostSide)
    fail("E-DATA-136", "images: a size of {} x {}; expected sides of 1 to {}", o.width, o.height,
         kMostSide);
  if (o.resize != 0 && (o.fit != Fit::crop || o.resize < std::max(o.width, o.height)))
    fail("E-DATA-136",
         "images: the shorter side is made {}, and {} x {} are cut out; expected at least {}, and "
         "the fit 'crop'",
         o.resize, o.width, o.height, std::max(o.width, o.height));
  const std::size_t channels = o.colour == Colour::rgb ? 3 : 1;
  for (const auto& numbers : {o.pixels.mean, o.pixels.std})
    if (numbers.size() > 1 && numbers.size() != channels)
      fail("E-DATA-72", "images: {} means or deviations for {} channels; expected one for each",
           numbers.size(), channels);
  const auto bytes = byte_values(o.pixels, static_cast<std::int64_t>(channels));
  scale_.clear(), shift_.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    shift_.push_back(bytes[256 * c]);
    scale_.push_back((bytes[256 * c + 255] - bytes[256 * c]) / 255);
  }
}

std::vector<Field> ImageSource::inputs() const {
  const std::int64_t channels = options_.colour == Colour::rgb ? 3 : 1;
  return {{"features", DType::f32, Shape{channels, options_.height, options_.width}}};
}

std::vector<Field> ImageSource::outputs() const {
  const Dim h = options_.height, w = options_.width;
  if (!masks_.empty())
    return {mask_kind_ == MaskKind::binary ? Field{"target", DType::f32, Shape{1, h, w}}
                                           : Field{"target", DType::i64, Shape{h, w}}};
  const auto& shape = targets_.shape();
  return {{"target", targets_.dtype(), Shape(std::vector<Dim>(shape.begin() + 1, shape.end()))}};
}

std::optional<Tensor> ImageSource::all_targets(std::size_t) const {
  return masks_.empty() ? std::optional(targets_) : std::nullopt;
}

ImageSource::Cut ImageSource::cut_for(int w, int h) const {
  const auto& o = options_;
  Cut cut{static_cast<double>(w),
          static_cast<double>(h),
          {},
          o.width,
          o.height,
          0,
          0,
          o.width,
          o.height};
  cut.region = {0, 0, cut.image_width, cut.image_height};
  const double x_scale = o.width / cut.image_width, y_scale = o.height / cut.image_height;
  const auto sized = [](double side, int least, int most) {
    return std::clamp(static_cast<int>(std::min(side, 1e9)), least, most);
  };
  if (o.fit == Fit::pad) {
    const double scale = std::min(x_scale, y_scale);
    cut.width = scale == x_scale ? o.width : sized(w * scale, 1, o.width);
    cut.height = scale == y_scale ? o.height : sized(h * scale, 1, o.height);
    cut.left = (o.width - cut.width) / 2, cut.top = (o.height - cut.height) / 2;
    cut.whole_width = cut.width, cut.whole_height = cut.height;
  } else if (o.fit == Fit::crop) {
    constexpr int kAny = 1 << 30;
    const bool given = o.resize > 0;
    const double scale =
        given ? static_cast<double>(o.resize) / std::min(w, h) : std::max(x_scale, y_scale);
    cut.whole_width = sized(w * scale, given && w <= h ? o.resize : o.width, kAny);
    cut.whole_height = sized(h * scale, given && h <= w ? o.resize : o.height, kAny);
    const double left = margin(cut.whole_width, o.width), top = margin(cut.whole_height, o.height);
    const double fx = cut.image_width / cut.whole_width, fy = cut.image_height / cut.whole_height;
    cut.region = {left * fx, top * fy, (left + o.width) * fx, (top + o.height) * fy};
  }
  return cut;
}

ImageSource::Cut ImageSource::cut_of(const Region& region, int w, int h) const {
  const auto whole = [](int side, int all, double taken) {
    return static_cast<int>(std::min(side * all / std::max(taken, 1e-6), 1e9));
  };
  return {static_cast<double>(w),
          static_cast<double>(h),
          region,
          options_.width,
          options_.height,
          0,
          0,
          whole(options_.width, w, region.right - region.left),
          whole(options_.height, h, region.bottom - region.top)};
}

// `from`: what was decoded, perhaps at a part of the image's size, with which the region shrinks.
void ImageSource::take(const Image& from, const Decoded& at, const Cut& cut, Interpolation how,
                       Image& to) const {
  const double fx = at.width / cut.image_width, fy = from.height / cut.image_height;
  const Region r{cut.region.left * fx - at.left, cut.region.top * fy,
                 std::min<double>(cut.region.right * fx - at.left, from.width),
                 std::min<double>(cut.region.bottom * fy, from.height)};
  if (cut.width == options_.width && cut.height == options_.height)
    return resize(from, r, cut.width, cut.height, how, to);
  thread_local Image part;
  resize(from, r, cut.width, cut.height, how, part);
  const auto channels = static_cast<std::size_t>(from.channels);
  const auto stride = static_cast<std::size_t>(options_.width) * channels;
  to.height = options_.height, to.width = options_.width, to.channels = from.channels;
  to.pixels.assign(stride * static_cast<std::size_t>(to.height), 0);
  const auto bytes = static_cast<std::size_t>(cut.width) * channels;
  for (int y = 0; y < cut.height; ++y)
    std::copy_n(part.pixels.data() + static_cast<std::size_t>(y) * bytes, bytes,
                to.pixels.data() + static_cast<std::size_t>(y + cut.top) * stride +
                    static_cast<std::size_t>(cut.left) * channels);
}

void ImageSource::render(std::size_t row, const Choose* choose, std::size_t place, Image& to,
                         Image* mask) const {
  thread_local Image decoded;
  const fs::path& path = paths_[row];
  const std::string bytes = read_file(path);
  const ImageInfo info = inspect_image(bytes, path.native());
  const int w = info.shown_width(), h = info.shown_height();
  const Cut cut = choose ? cut_of((*choose)(place, w, h), w, h) : cut_for(w, h);
  const double reach = 2 + (cut.region.right - cut.region.left) / cut.width;
  const Decoded at = decode_image(bytes, path.native(), info,
                                  {options_.colour, cut.whole_width, cut.whole_height,
                                   cut.region.left - reach, cut.region.right + reach},
                                  decoded);
  take(decoded, at, cut, options_.interpolation, to);
  if (!mask) return;
  const fs::path& mask_path = masks_[row];
  const std::string mask_bytes = read_file(mask_path);
  const ImageInfo mask_info = inspect_image(mask_bytes, mask_path.native());
  if (mask_info.shown_width() != w || mask_info.shown_height() != h)
    fail("E-DATA-142", "{}: the mask is {} x {}, its image {} x {}; expected one size",
         shown(mask_path.native(), 200), mask_info.shown_width(), mask_info.shown_height(), w, h);
  const Decoded mask_at =
      decode_image(mask_bytes, mask_path.native(), mask_info, {Colour::grey}, decoded);
  take(decoded, mask_at, cut, Interpolation::nearest, *mask);
}

void ImageSource::render(std::int64_t row, Image& to) const {
  if (row < 0 || row >= size())
    fail("E-DATA-73", "images: row {} was asked for; expected 0 to {}", row, size() - 1);
  render(static_cast<std::size_t>(row), nullptr, 0, to, nullptr);
}

void ImageSource::fill(Batch& batch) const { fill(batch, nullptr); }

void ImageSource::fill(Batch& batch, const Choose& choose) const {
  thread_local Image image, mask;
  for (std::size_t i = 0; i < batch.rows.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const auto from = static_cast<std::size_t>(batch.rows[i]);
    const bool masked = !masks_.empty();
    render(from, choose ? &choose : nullptr, i, image, masked ? &mask : nullptr);
    to_planes(image, scale_, shift_, reinterpret_cast<float*>(row_of(batch.features, row)));
    std::byte* const target = row_of(batch.targets, row);
    if (masked) {
      to_mask(mask, mask_kind_, target);
    } else {
      const std::size_t bytes = targets_.bytes() / paths_.size();
      std::memcpy(target, targets_.raw() + from * bytes, bytes);
    }
  }
  std::fill_n(reinterpret_cast<float*>(batch.weights.raw()), batch.count, 1.0f);
  for (Tensor* t : {&batch.features, &batch.targets, &batch.weights}) clear_from(*t, batch.count);
}

ImageSource ImageSource::with_pixels(Pixels pixels) const {
  ImageSource copy = *this;
  copy.options_.pixels = std::move(pixels);
  copy.check();
  return copy;
}

ImageSource ImageSource::subset(Rows rows) const {
  std::vector<fs::path> paths, masks;
  for (const auto row : rows) {
    if (row < 0 || row >= size())
      fail("E-DATA-73", "images: row {} was asked for; expected 0 to {}", row, size() - 1);
    paths.push_back(paths_[static_cast<std::size_t>(row)]);
    if (!masks_.empty()) masks.push_back(masks_[static_cast<std::size_t>(row)]);
  }
  if (!masks_.empty()) return {std::move(paths), std::move(masks), mask_kind_, options_};
  std::vector<Dim> shape(targets_.shape().begin(), targets_.shape().end());
  shape.front() = static_cast<std::int64_t>(rows.size());
  Tensor targets(targets_.dtype(), Shape(shape));
  const std::size_t bytes = targets_.bytes() / paths_.size();
  for (std::size_t i = 0; i < rows.size(); ++i)
    std::memcpy(targets.raw() + i * bytes,
                targets_.raw() + static_cast<std::size_t>(rows[i]) * bytes, bytes);
  return {std::move(paths), std::move(targets), options_};
}

PixelStatistics measure_pixels(const ImageSource& source, std::uint64_t seed, std::int64_t most,
                               int threads) {
  auto rows = all_rows(source.size());
  if (source.size() > most) {
    rows = Random(seed, "pixel statistics").permutation(source.size());
    rows.resize(static_cast<std::size_t>(most));
  }
  const std::size_t channels = source.options().colour == Colour::rgb ? 3 : 1;
  std::vector<std::uint64_t> sums(channels, 0), squares(channels, 0);
  std::uint64_t pixels = 0;
  std::mutex mutex;
  each(static_cast<std::int64_t>(rows.size()), threads, [&](std::int64_t i) {
    thread_local Image image;
    source.render(rows[static_cast<std::size_t>(i)], image);
    std::vector<std::uint64_t> sum(channels, 0), square(channels, 0);
    for (std::size_t p = 0; p < image.pixels.size(); ++p) {
      const std::uint64_t byte = image.pixels[p];
      sum[p % channels] += byte, square[p % channels] += byte * byte;
    }
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < channels; ++c) sums[c] += sum[c], squares[c] += square[c];
    pixels += image.pixels.size() / channels;
  });
  PixelStatistics statistics{{}, {}, static_cast<std::int64_t>(rows.size())};
  for (std::size_t c = 0; c < channels; ++c) {
    const double n = static_cast<double>(std::max<std::uint64_t>(pixels, 1));
    const double mean = static_cast<double>(sums[c]) / n;
    const double variance = static_cast<double>(squares[c]) / n - mean * mean;
    statistics.mean.push_back(static_cast<float>(mean / 255));
    // A channel of one value stays as it is.
    statistics.std.push_back(variance > 0 ? static_cast<float>(std::sqrt(variance) / 255) : 1.0f);
  }
  return statistics;
}

}  // namespace glia::data
