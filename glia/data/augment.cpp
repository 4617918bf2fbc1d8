#include "glia/data/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glia/base/format.h"
#include "glia/base/random.h"
#include "glia/data/image_source.h"

namespace glia::data {
namespace {

double between(Random& random, double low, double high) {
  return low + (high - low) * random.uniform();
}
double between(Random& random, const Range& range) {
  return between(random, range.low, range.high);
}
double around(Random& random, double middle, double reach) {
  return between(random, middle - reach, middle + reach);
}
// So that 1/2 and 2 are equally likely.
double ratio_in(Random& random, const Range& range) {
  return std::exp(between(random, std::log(range.low), std::log(range.high)));
}

// Gamma(alpha, 1). Marsaglia and Tsang, "A Simple Method for Generating Gamma Variables", 2000.
double gamma(Random& random, double alpha) {
  if (alpha < 1) {
    const double boost = std::pow(1 - random.uniform(), 1 / alpha);
    return gamma(random, alpha + 1) * boost;
  }
  const double d = alpha - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = random.normal(), v = std::pow(1 + c * x, 3);
    if (v > 0 && std::log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v))
      return d * v;
  }
}
double beta(Random& random, double alpha) {
  const double x = gamma(random, alpha), y = gamma(random, alpha);
  return x + y > 0 ? x / (x + y) : 0.5;
}

// One number for an epoch and a row of it. Rows below 2^40, epochs below 2^24.
std::uint64_t step_of(const Batch& batch, std::size_t row) {
  return static_cast<std::uint64_t>(batch.epoch) << 40 | static_cast<std::uint64_t>(batch.key(row));
}

void expect(bool holds, std::string_view option, std::string_view expected) {
  if (!holds) fail("E-DATA-137", "augmentation: {}; expected {}", option, expected);
}

bool in(const Range& range, double low, double high) {
  return range.low >= low && range.low <= range.high && range.high <= high;
}

void check(const AugmentOptions& o) {
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  const auto angle = [](double x, double most) { return x >= 0 && x <= most; };
  expect(share(o.flip_horizontal) && share(o.flip_vertical), "flip", "a probability from 0 to 1");
  expect(angle(o.rotate, 180), "rotate", "degrees from 0 to 180");
  expect(angle(o.shear, 80), "shear", "degrees from 0 to 80");
  expect(share(o.shift_x) && share(o.shift_y), "shift", "a share of the side from 0 to 1");
  expect(in(o.zoom, 0.01, 100), "zoom", "factors from 0.01 to 100, the smaller first");
  expect(o.crop_padding >= 0 && o.crop_padding <= 1 << 15, "crop", "pixels from 0 to 32,768");
  if (o.resized_crop)
    expect(in(o.resized_crop->area, 1e-4, 1) && in(o.resized_crop->ratio, 0.01, 100),
           "resized_crop", "shares of the area up to 1, ratios of width to height");
  if (o.cutout)
    expect(
        share(o.cutout->probability) && in(o.cutout->area, 0, 1) && in(o.cutout->ratio, 0.01, 100),
        "cutout", "a probability, shares of the area up to 1, ratios of width to height");
  for (const double x : {o.brightness, o.contrast, o.saturation})
    expect(x >= 0 && x <= 100, "colour jitter", "reaches from 0, of which 0.2 is 0.8 to 1.2");
  expect(o.hue >= 0 && o.hue <= 0.5, "hue", "a share of the circle from 0 to 0.5");
  expect(o.noise >= 0 && o.noise <= 100, "noise", "a deviation from 0, where white is 1");
  expect(o.mixup >= 0 && o.mixup <= 1000 && o.cutmix >= 0 && o.cutmix <= 1000, "mixup, cutmix",
         "alpha from 0, for example 0.2 or 1");
  expect(o.fill >= 0 && o.fill <= 1, "fill", "a grey from 0, black, to 1, white");
}

template <class F>
void clamped(std::span<float> values, F f) {
  for (float& v : values) v = std::clamp(f(v), 0.0f, 1.0f);
}

// ITU-R 601.
constexpr float kLuma[] = {0.299f, 0.587f, 0.114f};

// The colour circle turned by `hue`, as a share of it, in the hexagon of HSV.
void turn_hue(float& r, float& g, float& b, float hue) {
  const float most = std::max({r, g, b}), least = std::min({r, g, b}), chroma = most - least;
  if (chroma <= 0) return;
  float h = most == r ? (g - b) / chroma : most == g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  h += 6 * hue + 12;
  const auto channel = [&](float n) {
    const float k = std::fmod(n + h, 6.0f);
    return most - chroma * std::clamp(std::min(k, 4 - k), 0.0f, 1.0f);
  };
  r = channel(5), g = channel(3), b = channel(1);
}

}  // namespace

bool AugmentOptions::none() const {
  const AugmentOptions d;
  return flip_horizontal == 0 && flip_vertical == 0 && rotate == 0 && shift_x == 0 &&
         shift_y == 0 && zoom == d.zoom && shear == 0 && crop_padding == 0 && !resized_crop &&
         !cutout && brightness == 0 && contrast == 0 && saturation == 0 && hue == 0 && noise == 0 &&
         !mixes();
}

Region draw_crop(const ResizedCrop& crop, int height, int width, Random& random) {
  constexpr int kAttempts = 10;
  const double area = static_cast<double>(height) * width;
  for (int i = 0; i < kAttempts; ++i) {
    const double part = area * between(random, crop.area), ratio = ratio_in(random, crop.ratio);
    const double w = std::max(std::round(std::sqrt(part * ratio)), 1.0);
    const double h = std::max(std::round(std::sqrt(part / ratio)), 1.0);
    if (w > width || h > height) continue;
    const double left = std::floor(random.uniform() * (width - w + 1));
    const double top = std::floor(random.uniform() * (height - h + 1));
    return {left, top, left + w, top + h};
  }
  const double ratio =
      std::clamp(static_cast<double>(width) / height, crop.ratio.low, crop.ratio.high);
  const double w = std::min<double>(width, std::round(height * ratio));
  const double h = std::min<double>(height, std::round(width / ratio));
  const double left = std::floor((width - w) / 2), top = std::floor((height - h) / 2);
  return {left, top, left + w, top + h};
}

Change draw_change(const AugmentOptions& o, int height, int width, bool resized_crop,
                   Random& random) {
  Change change;
  Motion motion;
  motion.mirror_x = random.uniform() < o.flip_horizontal;
  motion.mirror_y = random.uniform() < o.flip_vertical;
  motion.degrees = around(random, 0, o.rotate);
  motion.right = around(random, 0, o.shift_x) * width;
  motion.down = around(random, 0, o.shift_y) * height;
  motion.zoom = ratio_in(random, o.zoom);
  motion.shear_degrees = around(random, 0, o.shear);
  if (o.crop_padding > 0) {
    const auto places = static_cast<std::uint64_t>(2 * o.crop_padding + 1);
    motion.right += static_cast<double>(random.below(places)) - o.crop_padding;
    motion.down += static_cast<double>(random.below(places)) - o.crop_padding;
  }
  change.affine = affine_of(motion, width, height);
  if (resized_crop && o.resized_crop) {
    const Region r = draw_crop(*o.resized_crop, height, width, random);
    const double fx = (r.right - r.left) / width, fy = (r.bottom - r.top) / height;
    change.affine =
        Affine{fx, 0, r.left + 0.5 * fx - 0.5, 0, fy, r.top + 0.5 * fy - 0.5}.after(change.affine);
  }
  change.brightness = std::max(around(random, 1, o.brightness), 0.0);
  change.contrast = std::max(around(random, 1, o.contrast), 0.0);
  change.saturation = std::max(around(random, 1, o.saturation), 0.0);
  change.hue = around(random, 0, o.hue);
  if (o.cutout && random.uniform() < o.cutout->probability)
    change.cutout = draw_crop({o.cutout->area, o.cutout->ratio}, height, width, random);
  return change;
}

void jitter_colours(const Change& change, std::span<float> image, int channels) {
  const auto brightness = static_cast<float>(change.brightness),
             contrast = static_cast<float>(change.contrast),
             saturation = static_cast<float>(change.saturation),
             hue = static_cast<float>(change.hue);
  const std::size_t size = image.size() / static_cast<std::size_t>(channels);
  const bool colours = channels == 3;
  float* const planes[] = {image.data(), image.data() + (colours ? size : 0),
                           image.data() + (colours ? 2 * size : 0)};
  const auto grey = [&](std::size_t i) {
    return colours ? kLuma[0] * planes[0][i] + kLuma[1] * planes[1][i] + kLuma[2] * planes[2][i]
                   : planes[0][i];
  };
  if (brightness != 1) clamped(image, [&](float v) { return v * brightness; });
  if (contrast != 1) {
    double sum = 0;
    for (std::size_t i = 0; i < size; ++i) sum += grey(i);
    const auto mean = static_cast<float>(sum / static_cast<double>(size));
    clamped(image, [&](float v) { return mean + contrast * (v - mean); });
  }
  if (!colours || (saturation == 1 && hue == 0)) return;
  for (std::size_t i = 0; i < size; ++i) {
    const float middle = grey(i);
    for (float* const plane : planes)
      plane[i] = std::clamp(middle + saturation * (plane[i] - middle), 0.0f, 1.0f);
    if (hue != 0) turn_hue(planes[0][i], planes[1][i], planes[2][i], hue);
  }
}

Augmented::Augmented(std::shared_ptr<const Source> source, AugmentOptions options,
                     std::uint64_t seed)
    : source_(std::move(source)), options_(std::move(options)), seed_(seed) {
  check(options_);
  const Field images = source_->inputs().front(), target = source_->outputs().front();
  if (images.dtype != DType::f32 || images.row.rank() != 3 || images.row.elements() == 0)
    fail("E-DATA-141",
         "augmentation: rows are {} {}; expected images, f32 [channels, height, width]",
         name_of(images.dtype), images.row.text());
  channels_ = static_cast<int>(images.row[0].value());
  height_ = static_cast<int>(images.row[1].value());
  width_ = static_cast<int>(images.row[2].value());
  const int rank = target.row.rank();
  const bool is_mask =
      rank >= 2 && target.row[rank - 2] == images.row[1] && target.row[rank - 1] == images.row[2];
  if (options_.masks && !is_mask)
    fail("E-DATA-142", "augmentation: masks are {}, images {}; expected one height and width",
         target.row.text(), images.row.text());
  if (options_.mixes() && (target.dtype != DType::f32 || rank == 0))
    fail(
        "E-DATA-138",
        "augmentation: mixup and cutmix blend targets, and these are {} {}; make them one-hot rows "
        "and take a loss of rows, such as categorical_crossentropy",
        name_of(target.dtype), target.row.text());
  const auto bytes = byte_values(options_.pixels, channels_);
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    shift_.push_back(bytes[256 * c]);
    scale_.push_back(bytes[256 * c + 255] - bytes[256 * c]);
  }
}

void Augmented::fill(Batch& batch) const {
  const auto* files = dynamic_cast<const ImageSource*>(source_.get());
  const bool cropped = files && options_.resized_crop;
  if (cropped)
    files->fill(batch, [&](std::size_t row, int width, int height) {
      Random random(seed_, "augment:crop", step_of(batch, row));
      return draw_crop(*options_.resized_crop, height, width, random);
    });
  else
    source_->fill(batch);
  for (std::size_t row = 0; row < batch.rows.size(); ++row) change(batch, row, cropped);
  if (options_.mixes() && batch.count > 1) mix(batch);
}

void Augmented::change(Batch& batch, std::size_t row, bool cropped) const {
  Random random(seed_, "augment", step_of(batch, row));
  const Change c = draw_change(options_, height_, width_, !cropped, random);
  const auto plane = static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_);
  const std::size_t size = plane * static_cast<std::size_t>(channels_);
  const std::span<float> image(batch.features.data<float>().data() + row * size, size);
  if (!c.affine.is_identity()) {
    thread_local std::vector<float> before, fill;
    before.assign(image.begin(), image.end());
    fill.clear();
    for (std::size_t k = 0; k < scale_.size(); ++k)
      fill.push_back(static_cast<float>(options_.fill) * scale_[k] + shift_[k]);
    move_image(before, channels_, height_, width_, c.affine, options_.border, fill, image);
    const auto move = [&]<class T>(std::span<T> all) {
      const std::size_t each =
          all.size() / static_cast<std::size_t>(batch.targets.shape()[0].value());
      thread_local std::vector<T> still;
      for (std::size_t at = row * each; at < (row + 1) * each; at += plane) {
        const auto mask = all.subspan(at, plane);
        still.assign(mask.begin(), mask.end());
        move_mask<T>(still, height_, width_, c.affine, options_.border, T{0}, mask);
      }
    };
    if (options_.masks && batch.targets.dtype() == DType::f32) move(batch.targets.data<float>());
    if (options_.masks && batch.targets.dtype() == DType::i64)
      move(batch.targets.data<std::int64_t>());
  }
  // Colours and noise are those of pixels from 0 to 1.
  const bool coloured = c.brightness != 1 || c.contrast != 1 || c.saturation != 1 || c.hue != 0;
  if (coloured || options_.noise > 0) {
    for (std::size_t i = 0; i < size; ++i)
      image[i] = (image[i] - shift_[i / plane]) / scale_[i / plane];
    if (coloured) jitter_colours(c, image, channels_);
    if (options_.noise > 0)
      for (float& v : image) v += static_cast<float>(options_.noise * random.normal());
    for (std::size_t i = 0; i < size; ++i)
      image[i] = image[i] * scale_[i / plane] + shift_[i / plane];
  }
  if (!c.cutout) return;
  for (int k = 0; k < channels_; ++k)
    for (int y = static_cast<int>(c.cutout->top); y < static_cast<int>(c.cutout->bottom); ++y)
      std::fill_n(image.data() + static_cast<std::size_t>(k) * plane +
                      static_cast<std::size_t>(y * width_) +
                      static_cast<std::size_t>(c.cutout->left),
                  static_cast<std::size_t>(c.cutout->right - c.cutout->left), 0.0f);
}

// Each row with the one before it, the first with the last.
void Augmented::mix(Batch& batch) const {
  Random random(seed_, "augment:mix", step_of(batch, 0));
  const bool blend = options_.cutmix == 0 || (options_.mixup > 0 && random.uniform() < 0.5);
  double own = beta(random, blend ? options_.mixup : options_.cutmix);
  const auto count = static_cast<std::size_t>(batch.count);
  const auto plane = static_cast<std::size_t>(height_) * static_cast<std::size_t>(width_);
  // Blends `own` of a row with the rest of the row before it, from the last row back to the first,
  // whose partner is the last as it was.
  const auto roll = [&](Tensor& t, const auto& put) {
    const auto all = t.data<float>();
    const std::size_t each = all.size() / static_cast<std::size_t>(t.shape()[0].value());
    thread_local std::vector<float> last;
    last.assign(all.begin() + static_cast<std::ptrdiff_t>((count - 1) * each),
                all.begin() + static_cast<std::ptrdiff_t>(count * each));
    for (std::size_t row = count; row-- > 0;)
      put(all.subspan(row * each, each),
          row > 0 ? std::span<const float>(all.subspan((row - 1) * each, each)) : last);
  };
  const auto blended = [&](std::span<float> to, std::span<const float> with) {
    const auto a = static_cast<float>(own), b = static_cast<float>(1 - own);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = a * to[i] + b * with[i];
  };
  if (blend) {
    roll(batch.features, blended);
  } else {
    const double side = std::sqrt(1 - own), x = random.uniform() * width_,
                 y = random.uniform() * height_;
    const auto edge = [](double at, int most) {
      return static_cast<std::size_t>(std::clamp(std::round(at), 0.0, static_cast<double>(most)));
    };
    const std::size_t left = edge(x - side * width_ / 2, width_),
                      right = edge(x + side * width_ / 2, width_),
                      top = edge(y - side * height_ / 2, height_),
                      bottom = edge(y + side * height_ / 2, height_);
    roll(batch.features, [&](std::span<float> to, std::span<const float> with) {
      for (std::size_t from = 0; from < to.size(); from += plane)
        for (std::size_t row = top; row < bottom; ++row)
          for (std::size_t at = from + row * static_cast<std::size_t>(width_) + left;
               at < from + row * static_cast<std::size_t>(width_) + right; ++at)
            to[at] = with[at];
    });
    own = 1 - static_cast<double>((right - left) * (bottom - top)) / static_cast<double>(plane);
  }
  roll(batch.targets, blended);
}

}  // namespace glia::data
