#include "glia/backends/cpu/conv_columns.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

#include "glia/backends/cpu/parallel.h"

namespace glia::cpu {
namespace {

constexpr std::int64_t kFewChannels = 8;           // from so many on, windows lie as rows
constexpr std::int64_t kMatrixFloats = 32 * 1024;  // about so much of a matrix of windows at once
constexpr std::int64_t kFilterUnit = 16;           // threads share filters by so many

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }
std::size_t aligned(std::int64_t floats) {
  return static_cast<std::size_t>(ceil_div(floats, 16) * 16);
}

// Where an image's elements lie, in elements.
struct Strides {
  Strides(Layout layout, std::int64_t channels, std::int64_t height, std::int64_t width)
      : channel(layout == Layout::channels_last ? 1 : height * width),
        pixel(layout == Layout::channels_last ? channels : 1),
        row(width * pixel),
        image(channels * height * width) {}
  std::int64_t channel, pixel, row, image;
};
Strides x_strides(const Conv& c) { return {c.layout, c.channels, c.height, c.width}; }
Strides y_strides(const Conv& c) { return {c.layout, c.filters, c.out_height, c.out_width}; }

// The places ow of a row whose window's column `offset` = kw * dilation - left lies in the image.
struct Inside {
  std::int64_t first, last;
};
Inside inside(const Conv& c, std::int64_t offset) {
  const std::int64_t first = offset < 0 ? ceil_div(-offset, c.stride_x) : 0;
  const std::int64_t end = offset < c.width ? ceil_div(c.width - offset, c.stride_x) : 0;
  const std::int64_t last = std::min(c.out_width, end);
  return {std::min(first, last), last};
}

void copy_strided(const float* from, std::int64_t step, std::int64_t n, float* to) {
  if (step == 1)
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(float));
  else
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i * step];
}

// Rows first_row .. + rows of y (counted over all images), for a group that starts at x.
void gather_planes(const Conv& c, const float* x, std::int64_t first_row, std::int64_t rows,
                   std::int64_t pixels, float* to) {
  const Strides s = x_strides(c);
  for (std::int64_t channel = 0; channel < c.group_channels(); ++channel)
    for (std::int64_t kh = 0; kh < c.kernel_height; ++kh)
      for (std::int64_t kw = 0; kw < c.kernel_width; ++kw, to += pixels) {
        const std::int64_t offset = kw * c.dilation_x - c.left;
        const Inside in = inside(c, offset);
        std::int64_t image = first_row / c.out_height, oh = first_row % c.out_height;
        float* row = to;
        for (std::int64_t r = 0; r < rows; ++r, row += c.out_width) {
          const std::int64_t ih = oh * c.stride_y + kh * c.dilation_y - c.top;
          const bool there = ih >= 0 && ih < c.height;
          const std::int64_t first = there ? in.first : 0, last = there ? in.last : 0;
          std::fill(row, row + first, 0.0f);
          copy_strided(x + image * s.image + channel * s.channel + ih * s.row +
                           (first * c.stride_x + offset) * s.pixel,
                       c.stride_x * s.pixel, last - first, row + first);
          std::fill(row + last, row + c.out_width, 0.0f);
          if (++oh == c.out_height) oh = 0, ++image;
        }
      }
}

// Calls f(place, image offset or -1) for every pixel of every window, in the order of their rows.
// Each stands for group_channels() elements.
template <class F>
void each_window(const Conv& c, std::int64_t first_row, std::int64_t rows, const F& f) {
  const Strides s = x_strides(c);
  std::int64_t image = first_row / c.out_height, oh = first_row % c.out_height, place = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t ow = 0; ow < c.out_width; ++ow)
      for (std::int64_t kh = 0; kh < c.kernel_height; ++kh) {
        const std::int64_t ih = oh * c.stride_y + kh * c.dilation_y - c.top;
        for (std::int64_t kw = 0; kw < c.kernel_width; ++kw, ++place) {
          const std::int64_t iw = ow * c.stride_x + kw * c.dilation_x - c.left;
          const bool there = ih >= 0 && ih < c.height && iw >= 0 && iw < c.width;
          f(place, there ? image * s.image + ih * s.row + iw * s.pixel : -1);
        }
      }
    if (++oh == c.out_height) oh = 0, ++image;
  }
}

void gather_rows(const Conv& c, const float* x, std::int64_t first_row, std::int64_t rows,
                 float* to) {
  const std::int64_t n = c.group_channels(), step = x_strides(c).channel;
  each_window(c, first_row, rows, [&](std::int64_t place, std::int64_t at) {
    if (at < 0)
      std::fill_n(to + place * n, n, 0.0f);
    else
      copy_strided(x + at, step, n, to + place * n);
  });
}

// The same where the pixels of a window's row lie side by side, as they do but for dilation and
// groups: in runs.
void gather_runs(const Conv& c, const float* x, std::int64_t first_row, std::int64_t rows,
                 float* to) {
  const Strides s = x_strides(c);
  const std::int64_t n = c.channels, run = c.kernel_width * n;
  std::int64_t image = first_row / c.out_height, oh = first_row % c.out_height;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t ow = 0; ow < c.out_width; ++ow) {
      const std::int64_t iw = ow * c.stride_x - c.left;
      const std::int64_t before = std::clamp<std::int64_t>(-iw, 0, c.kernel_width) * n;
      const std::int64_t end = std::clamp<std::int64_t>(c.width - iw, 0, c.kernel_width) * n;
      for (std::int64_t kh = 0; kh < c.kernel_height; ++kh, to += run) {
        const std::int64_t ih = oh * c.stride_y + kh * c.dilation_y - c.top;
        if (ih < 0 || ih >= c.height || before >= end) {
          std::fill_n(to, run, 0.0f);
          continue;
        }
        const float* const from = x + image * s.image + ih * s.row + iw * n;
        std::fill(to, to + before, 0.0f);
        std::memcpy(to + before, from + before,
                    static_cast<std::size_t>(end - before) * sizeof(float));
        std::fill(to + end, to + run, 0.0f);
      }
    }
    if (++oh == c.out_height) oh = 0, ++image;
  }
}

void scatter_rows(const Conv& c, const float* from, std::int64_t first_row, std::int64_t rows,
                  float* x) {
  const std::int64_t n = c.group_channels(), step = x_strides(c).channel;
  each_window(c, first_row, rows, [&](std::int64_t place, std::int64_t at) {
    if (at < 0) return;
    for (std::int64_t i = 0; i < n; ++i) x[at + i * step] += from[place * n + i];
  });
}

// Between rows of y in the plain layout and a tile [pixels, filters].
template <bool kToTile, class Y>
void move_tile(const Conv& c, Y* y, std::int64_t first_row, std::int64_t rows, std::int64_t filters,
               float* tile) {
  const Strides s = y_strides(c);
  std::int64_t image = first_row / c.out_height, oh = first_row % c.out_height;
  for (std::int64_t r = 0; r < rows; ++r, tile += c.out_width * filters) {
    for (std::int64_t o = 0; o < filters; ++o) {
      Y* const row = y + image * s.image + o * s.channel + oh * s.row;
      for (std::int64_t ow = 0; ow < c.out_width; ++ow)
        if constexpr (kToTile)
          tile[ow * filters + o] = row[ow];
        else
          row[ow] = tile[ow * filters + o];
    }
    if (++oh == c.out_height) oh = 0, ++image;
  }
}

// Where the element k of a window stands in the weight.
std::int64_t natural(const ColumnPlan& p, std::int64_t k) {
  if (p.planes) return k;
  const std::int64_t area = p.conv.kernel_height * p.conv.kernel_width;
  return k % p.conv.group_channels() * area + k / p.conv.group_channels();
}

// The weight of each group as [K, O] in the windows' order.
void turn_weight(const ColumnPlan& p, const float* weight, float* to) {
  for (std::int64_t g = 0; g < p.conv.groups; ++g) {
    const std::int64_t filters = p.conv.group_filters();
    for (std::int64_t k = 0; k < p.window; ++k, to += filters) {
      const float* from = weight + g * filters * p.window + natural(p, k);
      for (std::int64_t o = 0; o < filters; ++o) to[o] = from[o * p.window];
    }
  }
}

Gemm gemm_of(const ColumnPlan& p, std::int64_t filters, std::int64_t pixels,
             std::int64_t full_pixels) {
  const Conv& c = p.conv;
  const bool tiles = c.layout != Layout::channels_last;
  const std::int64_t leading = p.planes ? full_pixels : p.window;  // of the windows
  const std::int64_t ldy = tiles ? filters : c.filters;
  Gemm g;
  if (c.pass == ConvPass::forward) {  // windows * weight
    g.m = pixels, g.n = filters, g.k = p.window;
    g.transpose_a = p.planes;
    g.lda = leading, g.ldb = c.group_filters(), g.ldc = ldy;
    g.bias = c.bias;
    g.activation = c.relu ? Activation::relu : Activation::none;
  } else if (c.pass == ConvPass::weight_gradient) {  // windows^T * dy, transposed
    g.m = p.window, g.n = filters, g.k = pixels;
    g.transpose_a = !p.planes;
    g.lda = leading, g.ldb = ldy, g.ldc = filters;
    g.accumulate = true;
  } else {  // dy * weight^T
    g.m = pixels, g.n = p.window, g.k = filters;
    g.transpose_b = true;
    g.lda = ldy, g.ldb = c.group_filters(), g.ldc = leading;
  }
  return g;
}

struct Work {
  float *matrix, *tile, *gemm;
};
Work work_of(const ColumnPlan& p, const ConvArgs& args) {
  float* const base = reinterpret_cast<float*>(args.scratch) + p.weight_floats +
                      p.floats_per_thread() * static_cast<std::size_t>(omp_get_thread_num());
  return {base, base + p.matrix_floats, base + p.matrix_floats + p.tile_floats};
}

void gather(const ColumnPlan& p, const float* x, std::int64_t first_row, std::int64_t rows,
            float* to) {
  if (p.planes)
    gather_planes(p.conv, x, first_row, rows, p.chunk_rows * p.conv.out_width, to);
  else if (p.conv.groups == 1 && p.conv.dilation_x == 1 && p.conv.layout == Layout::channels_last)
    gather_runs(p.conv, x, first_row, rows, to);
  else
    gather_rows(p.conv, x, first_row, rows, to);
}

// Where a group, and a row of y, start.
float* group_of_x(const Conv& c, float* x, std::int64_t group) {
  return x + group * c.group_channels() * x_strides(c).channel;
}
float* group_of_y(const Conv& c, float* y, std::int64_t filter) {
  return y + filter * y_strides(c).channel;
}

void forward(const ColumnPlan& p, const ConvArgs& args) {
  const Conv& c = p.conv;
  auto* const weight = reinterpret_cast<float*>(args.scratch);
  turn_weight(p, args.weight, weight);
  const std::int64_t total = p.sequence_rows;
  split(p.threads, ceil_div(total, p.chunk_rows), [&](std::int64_t begin, std::int64_t end) {
    const Work work = work_of(p, args);
    for (std::int64_t first = begin * p.chunk_rows; first < std::min(total, end * p.chunk_rows);
         first += p.chunk_rows)
      for (const FilterRange& range : p.ranges) {
        const std::int64_t rows = std::min(p.chunk_rows, total - first);
        gather(p, group_of_x(c, args.x, range.group), first, rows, work.matrix);
        float* const y = group_of_y(c, args.y, range.group * c.group_filters());
        const bool tiles = p.tile_floats != 0;
        run_gemm(rows == p.chunk_rows ? range.full : range.last, work.matrix,
                 weight + range.group * p.window * c.group_filters(),
                 c.bias ? args.bias + range.group * c.group_filters() : nullptr,
                 tiles ? work.tile : y + first * c.out_width * c.filters, work.gemm);
        if (tiles) move_tile<false>(c, y, first, rows, range.count, work.tile);
      }
  });
}

void weight_gradient(const ColumnPlan& p, const ConvArgs& args) {
  const Conv& c = p.conv;
  const auto count = static_cast<std::int64_t>(p.ranges.size());
  split(p.threads, count, [&](std::int64_t begin, std::int64_t end) {
    const Work work = work_of(p, args);
    for (std::int64_t i = begin; i < end; ++i) {
      const FilterRange& range = p.ranges[static_cast<std::size_t>(i)];
      const std::int64_t filter = range.group * c.group_filters() + range.first;
      float* const sum = reinterpret_cast<float*>(args.scratch) + filter * p.window;
      std::fill_n(sum, p.window * range.count, 0.0f);
      float* const y = group_of_y(c, args.y, filter);
      for (std::int64_t first = 0; first < p.sequence_rows; first += p.chunk_rows) {
        const std::int64_t rows = std::min(p.chunk_rows, p.sequence_rows - first);
        gather(p, group_of_x(c, args.x, range.group), first, rows, work.matrix);
        const bool tiles = p.tile_floats != 0;
        if (tiles) move_tile<true>(c, y, first, rows, range.count, work.tile);
        run_gemm(rows == p.chunk_rows ? range.full : range.last, work.matrix,
                 tiles ? work.tile : y + first * c.out_width * c.filters, nullptr, sum, work.gemm);
      }
      for (std::int64_t k = 0; k < p.window; ++k)
        for (std::int64_t o = 0; o < range.count; ++o)
          args.weight[(filter + o) * p.window + natural(p, k)] = sum[k * range.count + o];
    }
  });
}

void input_gradient(const ColumnPlan& p, const ConvArgs& args) {
  const Conv& c = p.conv;
  auto* const weight = reinterpret_cast<float*>(args.scratch);
  turn_weight(p, args.weight, weight);
  split(p.threads, c.batch, [&](std::int64_t begin, std::int64_t end) {
    const Work work = work_of(p, args);
    const std::int64_t size = x_strides(c).image;
    std::fill(args.x + begin * size, args.x + end * size, 0.0f);
    for (std::int64_t image = begin; image < end; ++image)
      for (std::int64_t at = 0; at < c.out_height; at += p.chunk_rows)
        for (const FilterRange& range : p.ranges) {
          const std::int64_t rows = std::min(p.chunk_rows, c.out_height - at);
          const std::int64_t first = image * c.out_height + at;
          float* const y = group_of_y(c, args.y, range.group * c.group_filters());
          const bool tiles = p.tile_floats != 0;
          if (tiles) move_tile<true>(c, y, first, rows, range.count, work.tile);
          run_gemm(rows == p.chunk_rows ? range.full : range.last,
                   tiles ? work.tile : y + first * c.out_width * c.filters,
                   weight + range.group * p.window * c.group_filters(), nullptr, work.matrix,
                   work.gemm);
          scatter_rows(c, work.matrix, first, rows, group_of_x(c, args.x, range.group));
        }
  });
}

// Filters are shared between threads only where the weight is what is computed.
void make_ranges(ColumnPlan& p) {
  const Conv& c = p.conv;
  const std::int64_t units = ceil_div(c.group_filters(), kFilterUnit);
  const std::int64_t pieces =
      c.pass == ConvPass::weight_gradient ? std::min(units, ceil_div(p.threads, c.groups)) : 1;
  const std::int64_t full = p.chunk_rows * c.out_width;
  const std::int64_t last = p.sequence_rows % p.chunk_rows * c.out_width;
  for (std::int64_t group = 0; group < c.groups; ++group)
    for (std::int64_t i = 0; i < pieces; ++i) {
      const std::int64_t first = units * i / pieces * kFilterUnit;
      const std::int64_t end = std::min(c.group_filters(), units * (i + 1) / pieces * kFilterUnit);
      FilterRange range{group, first, end - first, {}, {}};
      range.full = plan_gemm(gemm_of(p, range.count, full, full), GemmKernel::tile);
      range.last = plan_gemm(gemm_of(p, range.count, last, full), GemmKernel::tile);
      p.gemm_floats = std::max({p.gemm_floats, aligned(scratch_floats(range.full)),
                                aligned(scratch_floats(range.last))});
      p.ranges.push_back(range);
    }
}

}  // namespace

ColumnPlan plan_columns(const Conv& conv) {
  ColumnPlan p;
  p.conv = conv;
  p.window = conv.window();
  p.threads = worth_threads(conv.threads, 0.02 * double(conv.y_elements() * p.window));
  // The gradient of x is added up image by image, in the order of rows.
  const bool images = conv.pass == ConvPass::input_gradient;
  p.planes =
      !images && (conv.layout != Layout::channels_last || conv.group_channels() < kFewChannels);
  p.sequence_rows = images ? conv.out_height : conv.batch * conv.out_height;
  const std::int64_t row = std::max<std::int64_t>(1, conv.out_width * p.window);
  p.chunk_rows =
      std::clamp<std::int64_t>(kMatrixFloats / row, 1, std::max<std::int64_t>(1, p.sequence_rows));
  const std::int64_t pixels = p.chunk_rows * conv.out_width;
  p.weight_floats = aligned(conv.weight_elements());
  p.matrix_floats = aligned(pixels * p.window);
  if (conv.layout != Layout::channels_last) p.tile_floats = aligned(pixels * conv.group_filters());
  make_ranges(p);
  if (conv.pass == ConvPass::weight_gradient)
    p.threads = static_cast<int>(
        std::min<std::size_t>(static_cast<std::size_t>(p.threads), p.ranges.size()));
  return p;
}

void run_columns(const ColumnPlan& plan, const ConvArgs& args) {
  switch (plan.conv.pass) {
    case ConvPass::forward:
      return forward(plan, args);
    case ConvPass::weight_gradient:
      return weight_gradient(plan, args);
    case ConvPass::input_gradient:
      return input_gradient(plan, args);
  }
}

}  // namespace glia::cpu
