#include "glia/backends/cpu/conv_weight.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

#include "glia/backends/cpu/parallel.h"
#include "glia/backends/cpu/simd_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "glia/backends/cpu/conv_weight.cpp"
#include <hwy/foreach_target.h>
// foreach_target.h comes before headers that are compiled for each target.
#include "glia/backends/cpu/simd_math.h"

#ifndef GLIA_BACKENDS_CPU_CONV_WEIGHT_CPP_ONCE
#define GLIA_BACKENDS_CPU_CONV_WEIGHT_CPP_ONCE
namespace glia::cpu {

constexpr std::int64_t kPlaces = 6;  // of a tile: with two vectors of filters 12 sums

// How a tile walks over pixels: strides in elements.
struct WeightWalk {
  const float* x;
  std::int64_t x_image, x_row, x_step;
  const float* y;
  std::int64_t y_image, y_row, y_step;
  std::int64_t images, rows, columns;
};

}  // namespace glia::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace glia::cpu::HWY_NAMESPACE {
namespace {

// sum[r][2 vectors] += x[offsets[r]] * y[2 vectors] over all pixels. Those of a chunk are added up
// by themselves first: the error of f32 then grows with the chunk's size, not with the batch's.
template <int R>
void weight_tile(const WeightWalk& w, const std::int64_t* offsets, float* sum) {
  V low[R], high[R];
  const float* from[R];
  for (int r = 0; r < R; ++r) {
    low[r] = high[r] = set(0.0f);
    from[r] = w.x + offsets[r];
  }
  for (std::int64_t image = 0; image < w.images; ++image)
    for (std::int64_t row = 0; row < w.rows; ++row) {
      const float* y = w.y + image * w.y_image + row * w.y_row;
      const std::int64_t first = image * w.x_image + row * w.x_row;
      const std::int64_t end = first + w.columns * w.x_step;
      for (std::int64_t at = first; at < end; at += w.x_step, y += w.y_step) {
        const V y_low = load(y), y_high = load(y + kLanes);
#pragma GCC unroll 6
        for (int r = 0; r < R; ++r) {
          const V x = set(from[r][at]);
          low[r] = hn::MulAdd(x, y_low, low[r]);
          high[r] = hn::MulAdd(x, y_high, high[r]);
        }
      }
    }
  for (int r = 0; r < R; ++r) {
    float* const to = sum + 2 * r * kLanes;
    store(hn::Add(load(to), low[r]), to);
    store(hn::Add(load(to + kLanes), high[r]), to + kLanes);
  }
}

void weight_product(const WeightWalk& w, std::int64_t places, const std::int64_t* offsets,
                    float* sum) {
  using Function = void (*)(const WeightWalk&, const std::int64_t*, float*);
  static constexpr Function kTiles[kPlaces] = {weight_tile<1>, weight_tile<2>, weight_tile<3>,
                                               weight_tile<4>, weight_tile<5>, weight_tile<6>};
  kTiles[places - 1](w, offsets, sum);
}

std::int64_t weight_panel() { return 2 * kLanes; }

}  // namespace
}  // namespace glia::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace glia::cpu {

HWY_EXPORT(weight_product);
HWY_EXPORT(weight_panel);

namespace {

constexpr std::int64_t kPanelFloats = 4 * 1024;  // half of L1 for the panel of dy

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::size_t aligned(std::int64_t floats) {
  return static_cast<std::size_t>(ceil_div(floats, 16) * 16);
}

// The part of [0, count) of an axis of y where the window's element at `offset` is in the image.
struct Range {
  std::int64_t first, last;
};
Range inside(std::int64_t offset, std::int64_t stride, std::int64_t size, std::int64_t count) {
  const std::int64_t first = offset < 0 ? ceil_div(-offset, stride) : 0;
  const std::int64_t end = offset < size ? ceil_div(size - offset, stride) : 0;
  const std::int64_t last = std::min(count, end);
  return {std::min(first, last), last};
}

// As many tiles as have at most six places of the same range, evenly filled.
void add_tiles(WeightPlan& p, std::int64_t first, std::int64_t count, Range rows, Range columns) {
  const std::int64_t tiles = ceil_div(count, kPlaces);
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = count * i / tiles, end = count * (i + 1) / tiles;
    p.tiles.push_back(
        {first + begin, end - begin, rows.first, rows.last, columns.first, columns.last});
  }
}

void make_tiles(WeightPlan& p) {
  const Conv& c = p.conv;
  const std::int64_t width = c.width + (p.padded ? c.left + c.right : 0);
  for (std::int64_t kh = 0; kh < c.kernel_height; ++kh)
    for (std::int64_t kw = 0; kw < c.kernel_width; ++kw) {
      const std::int64_t y = kh * c.dilation_y - (p.padded ? 0 : c.top);
      const std::int64_t x = kw * c.dilation_x - (p.padded ? 0 : c.left);
      if (!p.padded)
        add_tiles(p, static_cast<std::int64_t>(p.offsets.size()), c.channels,
                  inside(y, c.stride_y, c.height, c.out_height),
                  inside(x, c.stride_x, c.width, c.out_width));
      for (std::int64_t channel = 0; channel < c.channels; ++channel)
        p.offsets.push_back((y * width + x) * c.channels + channel);
    }
  if (p.padded) add_tiles(p, 0, c.window(), {0, c.out_height}, {0, c.out_width});
}

// What a thread works on: images from..to, or rows of one.
struct Chunk {
  std::int64_t image, images, row, rows;
};

// Rows of x under the chunk, with the padding around them.
void copy_padded(const Conv& c, const Chunk& k, const float* x, float* to) {
  const std::int64_t row_floats = c.width * c.channels;
  for (std::int64_t image = k.image; image < k.image + k.images; ++image)
    for (std::int64_t row = 0; row < c.height + c.top + c.bottom; ++row) {
      const std::int64_t ih = row - c.top;
      const bool there = ih >= 0 && ih < c.height;
      std::fill_n(to, c.left * c.channels, 0.0f);
      to += c.left * c.channels;
      if (there)
        std::memcpy(to, x + (image * c.height + ih) * row_floats,
                    static_cast<std::size_t>(row_floats) * sizeof(float));
      else
        std::fill_n(to, row_floats, 0.0f);
      to += row_floats;
      std::fill_n(to, c.right * c.channels, 0.0f);
      to += c.right * c.channels;
    }
}

// The chunk's pixels of y, `columns` filters of each side by side, zeros up to a whole panel.
void copy_panel(const WeightPlan& p, const Chunk& k, std::int64_t columns, const float* y,
                float* to) {
  const std::int64_t pixels = k.images * k.rows * p.conv.out_width;
  for (std::int64_t i = 0; i < pixels; ++i, y += p.conv.filters, to += p.panel) {
    if (columns == p.panel && p.panel % 8 == 0) {
      for (std::int64_t j = 0; j < p.panel; j += 8) std::memcpy(to + j, y + j, 32);
    } else {
      std::memcpy(to, y, static_cast<std::size_t>(columns) * sizeof(float));
      std::fill(to + columns, to + p.panel, 0.0f);
    }
  }
}

struct Work {
  float *sums, *image, *panel;
};

void add_chunk(const WeightPlan& p, const ConvArgs& args, const Work& work, const Chunk& k,
               std::int64_t first_tile, std::int64_t last_tile) {
  const Conv& c = p.conv;
  const std::int64_t width = c.width + (p.padded ? c.left + c.right : 0);
  const std::int64_t height = c.height + (p.padded ? c.top + c.bottom : 0);
  WeightWalk w{};
  w.x_image = height * width * c.channels;
  w.x_row = c.stride_y * width * c.channels;
  w.x_step = c.stride_x * c.channels;
  w.y_step = p.pack ? p.panel : c.filters;
  w.y_row = c.out_width * w.y_step;
  w.y_image = k.rows * w.y_row;
  w.images = k.images;
  // A chunk of rows is of one image, which is copied for its first rows.
  if (p.padded && k.row == 0) copy_padded(c, k, args.x, work.image);
  const float* const x = p.padded ? work.image : args.x + k.image * w.x_image;
  for (std::int64_t panel = 0; panel < p.panels; ++panel) {
    const float* y =
        args.y + (k.image * c.out_height + k.row) * c.out_width * c.filters + panel * p.panel;
    if (p.pack) {
      copy_panel(p, k, std::min(p.panel, c.filters - panel * p.panel), y, work.panel);
      y = work.panel;
    }
    for (std::int64_t t = first_tile; t < last_tile; ++t) {
      const WeightTile& tile = p.tiles[static_cast<std::size_t>(t)];
      const std::int64_t top = std::max(tile.top, k.row);
      w.rows = std::min(tile.bottom, k.row + k.rows) - top;
      w.columns = tile.right - tile.left;
      if (w.rows <= 0 || w.columns <= 0) continue;
      w.x = x + top * w.x_row + tile.left * w.x_step;
      w.y = y + (top - k.row) * w.y_row + tile.left * w.y_step;
      HWY_DYNAMIC_DISPATCH(weight_product)
      (w, tile.count, p.offsets.data() + tile.first,
       work.sums + (panel * c.window() + tile.first) * p.panel);
    }
  }
}

// From sums [panel][h, w, c][filter] to the weight [filter, c, h, w].
void store_tile(const WeightPlan& p, const WeightTile& tile, const float* sums, float* weight) {
  const Conv& c = p.conv;
  const std::int64_t area = c.kernel_height * c.kernel_width;
  for (std::int64_t place = tile.first; place < tile.first + tile.count; ++place) {
    const std::int64_t at = place % c.channels * area + place / c.channels;
    for (std::int64_t o = 0; o < c.filters; ++o)
      weight[o * c.window() + at] =
          sums[(o / p.panel * c.window() + place) * p.panel + o % p.panel];
  }
}

}  // namespace

WeightPlan plan_weight_gradient(const Conv& conv) {
  WeightPlan p;
  p.conv = conv;
  p.panel = HWY_DYNAMIC_DISPATCH(weight_panel)();
  p.panels = ceil_div(conv.filters, p.panel);
  p.padded = conv.channels < kPlaces - 1;
  make_tiles(p);
  const auto tiles = static_cast<std::int64_t>(p.tiles.size());
  p.pack = tiles > 4 || conv.filters % p.panel != 0;

  const std::int64_t pixels = std::max<std::int64_t>(1, conv.out_height * conv.out_width);
  const std::int64_t chunk = kPanelFloats / p.panel;
  p.chunk_images =
      std::clamp<std::int64_t>(chunk / pixels, 1, std::max<std::int64_t>(1, conv.batch));
  p.chunk_rows = conv.out_height;
  if (pixels > chunk && p.pack)
    p.chunk_rows = std::clamp<std::int64_t>(chunk / conv.out_width, 1, conv.out_height);
  p.threads = static_cast<int>(std::min<std::int64_t>(
      worth_threads(conv.threads, 0.02 * double(conv.y_elements() * conv.window())),
      std::max<std::int64_t>(1, tiles)));
  p.sum_floats = aligned(p.panels * p.panel * conv.window());
  if (p.padded)
    p.image_floats =
        aligned(p.chunk_images * conv.channels * (conv.height + conv.top + conv.bottom) *
                (conv.width + conv.left + conv.right));
  if (p.pack) p.panel_floats = aligned(p.chunk_images * p.chunk_rows * conv.out_width * p.panel);
  return p;
}

void run_weight_gradient(const WeightPlan& p, const ConvArgs& args) {
  const Conv& c = p.conv;
  auto* const sums = reinterpret_cast<float*>(args.scratch);
  split(p.threads, static_cast<std::int64_t>(p.tiles.size()),
        [&](std::int64_t first, std::int64_t last) {
          float* const own =
              sums + p.sum_floats +
              (p.image_floats + p.panel_floats) *
                  static_cast<std::size_t>(p.threads == 1 ? 0 : omp_get_thread_num());
          const Work work{sums, own, own + p.image_floats};
          const WeightTile &front = p.tiles[static_cast<std::size_t>(first)],
                           &back = p.tiles[static_cast<std::size_t>(last - 1)];
          for (std::int64_t panel = 0; panel < p.panels; ++panel)
            std::fill(sums + (panel * c.window() + front.first) * p.panel,
                      sums + (panel * c.window() + back.first + back.count) * p.panel, 0.0f);
          for (std::int64_t image = 0; image < c.batch; image += p.chunk_images)
            for (std::int64_t row = 0; row < c.out_height; row += p.chunk_rows)
              add_chunk(p, args, work,
                        {image, std::min(p.chunk_images, c.batch - image), row,
                         std::min(p.chunk_rows, c.out_height - row)},
                        first, last);
          for (std::int64_t t = first; t < last; ++t)
            store_tile(p, p.tiles[static_cast<std::size_t>(t)], sums, args.weight);
        });
}

}  // namespace glia::cpu
#endif
