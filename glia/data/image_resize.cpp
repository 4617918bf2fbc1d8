// Resizing as two one-dimensional sums: first the rows that make one, as whole vectors, then along
// the row, a pixel's channels at a time. Sums are f32 and rounded once.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "glia/base/format.h"
#include "glia/data/image.h"

// As in glia/backends/cpu: a portable baseline, SSE4, AVX2, AVX-512, NEON.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/data/image_resize.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include <hwy/highway.h>

#ifndef GLIA_DATA_IMAGE_RESIZE_TAPS
#define GLIA_DATA_IMAGE_RESIZE_TAPS
namespace glia::data::resizing {

// What each of `out` places is a sum of: pixels first[i], first[i] + 1, ... by `most` weights, of
// which those behind count[i] are 0, so that all sums along a row are of one length.
struct Taps {
  std::vector<int> first, count;
  std::vector<float> weights;
  int most = 1;
  // Of what they were made: images of one size need them made once.
  int size = 0, out = 0;
  double from = 0, to = 0;
};

}  // namespace glia::data::resizing
#endif

HWY_BEFORE_NAMESPACE();
namespace glia::data::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// kCount weights, or, where it is 0, `count`: numbers that the compiler knows are loops that it
// unrolls. to[i] = sum of weights[k] * rows[k * stride + i], for n bytes.
template <int kCount>
void blend_rows_of(const std::uint8_t* rows, std::size_t stride, const float* weights, int count,
                   std::size_t n, float* to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::RebindToSigned<decltype(d)> whole;
  const int taps = kCount > 0 ? kCount : count;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto sum = hn::Zero(d);
    const std::uint8_t* from = rows + i;
    for (int k = 0; k < taps; ++k, from += stride)
      sum = hn::MulAdd(hn::Set(d, weights[k]),
                       hn::ConvertTo(d, hn::PromoteTo(whole, hn::LoadU(bytes, from))), sum);
    hn::StoreU(sum, d, to + i);
  }
  for (; i < n; ++i) {
    float sum = 0;
    for (int k = 0; k < taps; ++k)
      sum += weights[k] * static_cast<float>(rows[static_cast<std::size_t>(k) * stride + i]);
    to[i] = sum;
  }
}

void blend_rows(const std::uint8_t* rows, std::size_t stride, const float* weights, int count,
                std::size_t n, float* to) {
  constexpr decltype(&blend_rows_of<0>) kUnrolled[] = {
      blend_rows_of<0>, blend_rows_of<1>, blend_rows_of<2>, blend_rows_of<3>,
      blend_rows_of<4>, blend_rows_of<5>, blend_rows_of<6>};
  kUnrolled[count <= 6 ? count : 0](rows, stride, weights, count, n, to);
}

// kCount colours from `a` and as many from `b`, each weighted, to a byte for each channel; three
// bytes count, and one more may be written.
template <int kCount>
HWY_INLINE void blend_pixels(const float* a, const float* b, const float* weights, int count,
                             std::uint8_t* to_a, std::uint8_t* to_b) {
  const int taps = kCount > 0 ? kCount : count;
#if HWY_MAX_BYTES >= 32
  const hn::CappedTag<float, 4> d;
  const hn::CappedTag<float, 8> both;  // a pixel of each
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::Rebind<std::uint8_t, decltype(both)> both_bytes;
  auto sum = hn::Set(both, 0.5f);
  for (int k = 0; k < taps; ++k, a += 3, b += 3)
    sum = hn::MulAdd(hn::Set(both, weights[k]), hn::Combine(both, hn::LoadU(d, b), hn::LoadU(d, a)),
                     sum);
  const auto rounded =
      hn::DemoteTo(both_bytes, hn::ConvertTo(hn::RebindToSigned<decltype(both)>(), sum));
  hn::StoreU(hn::LowerHalf(bytes, rounded), bytes, to_a);
  hn::StoreU(hn::UpperHalf(bytes, rounded), bytes, to_b);
#else
  for (int c = 0; c < 3; ++c) {
    float sum_a = 0.5f, sum_b = 0.5f;
    for (int k = 0; k < taps; ++k)
      sum_a += weights[k] * a[3 * k + c], sum_b += weights[k] * b[3 * k + c];
    to_a[c] = static_cast<std::uint8_t>(std::clamp(sum_a, 0.0f, 255.0f));
    to_b[c] = static_cast<std::uint8_t>(std::clamp(sum_b, 0.0f, 255.0f));
  }
#endif
}

// Of two rows. They have room for `taps.most` pixels behind their last, the results for a byte.
template <int kCount>
void blend_colours_of(const float* row_a, const float* row_b, const resizing::Taps& taps,
                      std::uint8_t* to_a, std::uint8_t* to_b) {
  const int* const first = taps.first.data();
  const float* weights = taps.weights.data();
  const int most = kCount > 0 ? kCount : taps.most;
  const std::size_t out = taps.first.size();
  for (std::size_t x = 0; x < out; ++x, weights += most, to_a += 3, to_b += 3) {
    const std::ptrdiff_t at = 3 * static_cast<std::ptrdiff_t>(first[x]);
    blend_pixels<kCount>(row_a + at, row_b + at, weights, most, to_a, to_b);
  }
}

void blend_colours(const float* row_a, const float* row_b, const resizing::Taps& taps,
                   std::uint8_t* to_a, std::uint8_t* to_b) {
  constexpr decltype(&blend_colours_of<0>) kUnrolled[] = {
      blend_colours_of<0>, blend_colours_of<1>, blend_colours_of<2>, blend_colours_of<3>,
      blend_colours_of<4>, blend_colours_of<5>, blend_colours_of<6>};
  kUnrolled[taps.most <= 6 ? taps.most : 0](row_a, row_b, taps, to_a, to_b);
}

// Bytes of `channels` beside each other to numbers in planes of `size` each, byte * scale + shift.
void to_planes(const std::uint8_t* from, std::size_t size, int channels, const float* scale,
               const float* shift, float* to) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::RebindToSigned<decltype(d)> whole;
  const std::size_t lanes = hn::Lanes(d);
  const auto put = [&](auto vector, int c, std::size_t i) {
    const auto number = hn::ConvertTo(d, hn::PromoteTo(whole, vector));
    hn::StoreU(hn::MulAdd(number, hn::Set(d, scale[c]), hn::Set(d, shift[c])), d,
               to + static_cast<std::size_t>(c) * size + i);
  };
  std::size_t i = 0;
  for (; i + lanes <= size; i += lanes) {
    if (channels == 1) {
      put(hn::LoadU(bytes, from + i), 0, i);
    } else {
      hn::Vec<decltype(bytes)> red, green, blue;
      hn::LoadInterleaved3(bytes, from + 3 * i, red, green, blue);
      put(red, 0, i), put(green, 1, i), put(blue, 2, i);
    }
  }
  const auto each = static_cast<std::size_t>(channels);
  for (; i < size; ++i)
    for (std::size_t c = 0; c < each; ++c)
      to[c * size + i] = std::fma(static_cast<float>(from[each * i + c]), scale[c], shift[c]);
}

}  // namespace
}  // namespace glia::data::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::data {
namespace {

using resizing::Taps;

HWY_EXPORT(blend_rows);
HWY_EXPORT(blend_colours);
HWY_EXPORT(to_planes);

void blend_greys(const float* row_a, const float* row_b, const Taps& taps, std::uint8_t* to_a,
                 std::uint8_t* to_b) {
  const float* weights = taps.weights.data();
  for (std::size_t x = 0; x < taps.first.size(); ++x, weights += taps.most) {
    float a = 0.5f, b = 0.5f;
    for (int k = 0; k < taps.most; ++k)
      a += weights[k] * row_a[taps.first[x] + k], b += weights[k] * row_b[taps.first[x] + k];
    to_a[x] = static_cast<std::uint8_t>(std::clamp(a, 0.0f, 255.0f));
    to_b[x] = static_cast<std::uint8_t>(std::clamp(b, 0.0f, 255.0f));
  }
}

// The triangle of PIL's resize: as wide as two pixels of the result where it makes smaller, two of
// the source where it makes larger.
void make_bilinear(int size, double from, double to, int out, Taps& taps) {
  if (taps.size == size && taps.out == out && taps.from == from && taps.to == to) return;
  taps.size = size, taps.out = out, taps.from = from, taps.to = to;
  const double scale = (to - from) / out, width = std::max(scale, 1.0);
  const int room = 2 * static_cast<int>(std::ceil(width)) + 1;
  taps.most = 1;
  taps.first.resize(static_cast<std::size_t>(out));
  taps.count.resize(static_cast<std::size_t>(out));
  taps.weights.assign(static_cast<std::size_t>(out) * static_cast<std::size_t>(room), 0);
  for (int i = 0; i < out; ++i) {
    const double centre = from + (i + 0.5) * scale;
    int first = std::max(static_cast<int>(centre - width + 0.5), 0);
    int last = std::min({static_cast<int>(centre + width + 0.5), size, first + room});
    const auto weight = [&](int x) {
      return std::max(0.0, 1 - std::abs(x - centre + 0.5) / width);
    };
    while (last - first > 1 && weight(first) == 0) ++first;
    while (last - first > 1 && weight(last - 1) == 0) --last;
    double sum = 0;
    for (int x = first; x < last; ++x) sum += weight(x);
    float* const weights = taps.weights.data() + static_cast<std::ptrdiff_t>(i) * room;
    for (int x = first; x < last; ++x)
      weights[x - first] = static_cast<float>(sum > 0 ? weight(x) / sum : 1.0 / (last - first));
    taps.first[static_cast<std::size_t>(i)] = first;
    taps.count[static_cast<std::size_t>(i)] = last - first;
    taps.most = std::max(taps.most, last - first);
  }
  for (int i = 1; i < out; ++i)  // closer together, as there are fewer
    std::copy_n(taps.weights.data() + static_cast<std::ptrdiff_t>(i) * room, taps.most,
                taps.weights.data() + static_cast<std::ptrdiff_t>(i) * taps.most);
}

void make_nearest(int size, double from, double to, int out, std::vector<int>& places) {
  places.resize(static_cast<std::size_t>(out));
  for (int i = 0; i < out; ++i) {
    const double at = from + (i + 0.5) * (to - from) / out;
    places[static_cast<std::size_t>(i)] = std::clamp(static_cast<int>(at), 0, size - 1);
  }
}

void resize_nearest(const Image& from, const Region& r, Image& to) {
  thread_local std::vector<int> xs, ys;
  make_nearest(from.width, r.left, r.right, to.width, xs);
  make_nearest(from.height, r.top, r.bottom, to.height, ys);
  std::uint8_t* out = to.pixels.data();
  for (const int y : ys)
    for (const int x : xs) {
      const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(from.width) +
                       static_cast<std::size_t>(x)) *
                      static_cast<std::size_t>(from.channels);
      out = std::copy_n(from.pixels.data() + at, from.channels, out);
    }
}

void resize_bilinear(const Image& from, const Region& r, Image& to) {
  thread_local Taps columns, rows;
  thread_local std::vector<float> blended;
  thread_local std::vector<std::uint8_t> lines;
  make_bilinear(from.width, r.left, r.right, to.width, columns);
  make_bilinear(from.height, r.top, r.bottom, to.height, rows);
  const auto channels = static_cast<std::size_t>(from.channels);
  const std::size_t stride = static_cast<std::size_t>(from.width) * channels;
  // Of each row only what the columns ask for.
  const auto begin = static_cast<std::size_t>(columns.first.front()) * channels;
  const auto end = static_cast<std::size_t>(columns.first.back() + columns.count.back()) * channels;
  const std::size_t out = static_cast<std::size_t>(to.width) * channels;
  const std::size_t row_room = stride + channels * static_cast<std::size_t>(columns.most) + 4;
  blended.resize(2 * row_room), lines.resize(2 * (out + 4));
  const auto blend = HWY_DYNAMIC_DISPATCH(blend_rows);
  const auto along = channels == 3 ? HWY_DYNAMIC_DISPATCH(blend_colours) : blend_greys;
  const auto height = static_cast<std::size_t>(to.height);
  for (std::size_t y = 0; y < height; y += 2) {
    const std::size_t pair = std::min<std::size_t>(2, height - y);
    for (std::size_t i = 0; i < pair; ++i)
      blend(from.pixels.data() + static_cast<std::size_t>(rows.first[y + i]) * stride + begin,
            stride, rows.weights.data() + (y + i) * static_cast<std::size_t>(rows.most),
            rows.count[y + i], end - begin, blended.data() + i * row_room + begin);
    along(blended.data(), blended.data() + row_room, columns, lines.data(), lines.data() + out + 4);
    for (std::size_t i = 0; i < pair; ++i)
      std::memcpy(to.pixels.data() + (y + i) * out, lines.data() + i * (out + 4), out);
  }
}

}  // namespace

void to_planes(const Image& image, std::span<const float> scale, std::span<const float> shift,
               float* to) {
  const auto to_planes_here = HWY_DYNAMIC_DISPATCH(to_planes);
  to_planes_here(image.pixels.data(),
                 static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height),
                 image.channels, scale.data(), shift.data(), to);
}

void resize(const Image& from, const Region& region, int width, int height, Interpolation how,
            Image& to) {
  const Region& r = region;
  const bool inside = r.left >= 0 && r.top >= 0 && r.left < r.right && r.top < r.bottom &&
                      r.right <= from.width && r.bottom <= from.height;
  if (!inside || width < 1 || height < 1 || std::int64_t{width} * height > kMostPixels ||
      (from.channels != 1 && from.channels != 3))
    fail("E-DATA-136",
         "resize: the part ({}, {}) to ({}, {}) of an image of {} x {} pixels and {} channels, to "
         "{} x {}; expected a part inside the image, 1 or 3 channels, and a size",
         r.left, r.top, r.right, r.bottom, from.width, from.height, from.channels, width, height);
  to.width = width, to.height = height, to.channels = from.channels;
  to.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) *
                   static_cast<std::size_t>(from.channels));
  if (how == Interpolation::nearest)
    resize_nearest(from, r, to);
  else
    resize_bilinear(from, r, to);
}

Image resize(const Image& from, int width, int height, Interpolation how) {
  Image to;
  resize(from, {0, 0, static_cast<double>(from.width), static_cast<double>(from.height)}, width,
         height, how, to);
  return to;
}

}  // namespace glia::data
#endif  // HWY_ONCE
