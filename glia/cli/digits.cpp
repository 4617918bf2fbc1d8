#include "glia/cli/digits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "glia/base/file.h"
#include "glia/base/random.h"

namespace glia::cli {
namespace {

struct Point {
  double x = 0, y = 0;  // [0, 1], y downwards
};
using Line = std::vector<Point>;

// What a pen does without being lifted: through these points, along a smooth curve or straight.
struct Stroke {
  bool smooth = true;
  Line points;
};
using Glyph = std::vector<Stroke>;

Stroke loop(double x, double y, double rx, double ry, double from = 0) {
  Stroke stroke;
  for (int i = 0; i <= 8; ++i) {
    const double angle = from + i * std::numbers::pi / 4;
    stroke.points.push_back({x + rx * std::sin(angle), y - ry * std::cos(angle)});
  }
  return stroke;
}

// The ways in which each digit is written.
const std::array<std::vector<Glyph>, 10>& glyphs() {
  static const Stroke lower_bowl{
      true, {{.31, .46}, {.5, .4}, {.7, .52}, {.71, .74}, {.5, .89}, {.27, .8}}};
  static const Stroke seven{true, {{.75, .14}, {.6, .42}, {.5, .66}, {.45, .9}}};
  static const std::array<std::vector<Glyph>, 10> all{{
      {{loop(.5, .5, .25, .38)}, {loop(.5, .5, .2, .38, .4)}},
      {{{false, {{.5, .1}, {.5, .9}}}},
       {{false, {{.33, .28}, {.52, .1}, {.52, .9}}}},
       {{false, {{.35, .26}, {.52, .1}, {.52, .9}}}, {false, {{.33, .9}, {.71, .9}}}}},
      {{{true, {{.27, .3}, {.36, .15}, {.54, .11}, {.71, .25}, {.65, .45}, {.45, .66}, {.25, .88}}},
        {false, {{.25, .88}, {.77, .86}}}},
       {{true,
         {{.28, .22},
          {.5, .1},
          {.7, .26},
          {.58, .54},
          {.34, .8},
          {.26, .86},
          {.3, .74},
          {.48, .82},
          {.76, .86}}}}},
      {{{true, {{.28, .2}, {.47, .1}, {.69, .2}, {.65, .38}, {.46, .47}}},
        {true, {{.46, .47}, {.68, .55}, {.73, .74}, {.52, .9}, {.26, .81}}}},
       {{false, {{.29, .12}, {.7, .12}, {.48, .42}}},
        {true, {{.48, .42}, {.7, .52}, {.72, .74}, {.5, .9}, {.27, .82}}}}},
      {{{false, {{.6, .1}, {.24, .62}, {.8, .62}}}, {false, {{.63, .36}, {.63, .9}}}},
       {{false, {{.3, .12}, {.27, .52}, {.76, .5}}}, {false, {{.69, .12}, {.67, .9}}}},
       {{false, {{.64, .9}, {.64, .1}, {.24, .6}, {.8, .6}}}}},
      {{{false, {{.73, .12}, {.35, .12}, {.31, .46}}}, lower_bowl},
       {{false, {{.35, .13}, {.31, .46}}}, lower_bowl, {false, {{.34, .13}, {.74, .11}}}}},
      {{{true,
         {{.67, .11},
          {.43, .27},
          {.29, .55},
          {.33, .8},
          {.51, .9},
          {.69, .78},
          {.66, .59},
          {.5, .51},
          {.32, .63}}}},
       {{true, {{.5, .1}, {.33, .42}, {.3, .68}}}, loop(.5, .7, .2, .19, -1.2)}},
      {{{false, {{.25, .14}, {.75, .14}}}, seven},
       {{false, {{.25, .14}, {.75, .14}}}, seven, {false, {{.38, .52}, {.7, .5}}}}},
      {{loop(.5, .29, .17, .18, 3.1), loop(.5, .69, .21, .21)},
       {{true,
         {{.68, .2},
          {.5, .1},
          {.32, .24},
          {.5, .46},
          {.7, .7},
          {.5, .9},
          {.3, .71},
          {.5, .46},
          {.67, .26},
          {.66, .16}}}}},
      {{loop(.5, .32, .19, .2, 1.2), {true, {{.69, .28}, {.68, .55}, {.6, .9}}}},
       {loop(.5, .31, .19, .2, 1.2), {false, {{.69, .26}, {.67, .9}}}},
       {loop(.5, .31, .2, .2, 1.2), {true, {{.7, .28}, {.69, .66}, {.54, .88}, {.3, .83}}}}},
  }};
  return all;
}

// A Catmull-Rom spline through the points.
Line curve(const Line& points) {
  constexpr int kPieces = 6;
  Line line{points.front()};
  const auto at = [&](std::ptrdiff_t i) {
    return points[static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(i, 0, std::ssize(points) - 1))];
  };
  for (std::ptrdiff_t i = 0; i + 1 < std::ssize(points); ++i) {
    const Point a = at(i - 1), b = at(i), c = at(i + 1), d = at(i + 2);
    for (int k = 1; k <= kPieces; ++k) {
      const double t = static_cast<double>(k) / kPieces, t2 = t * t, t3 = t2 * t;
      const auto blend = [&](double p, double q, double r, double s) {
        return 0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t2 +
                      (3 * q - p - 3 * r + s) * t3);
      };
      line.push_back({blend(a.x, b.x, c.x, d.x), blend(a.y, b.y, c.y, d.y)});
    }
  }
  return line;
}

// How one drawing differs from the model: an affine map, and a wave that bends it.
class Hand {
 public:
  explicit Hand(Random& random)
      : scale_x_(between(random, 0.72, 1.1)),
        scale_y_(between(random, 0.8, 1.08)),
        turn_(0.13 * random.normal()),
        slant_(0.16 * random.normal()),
        shift_x_(0.05 * random.normal()),
        shift_y_(0.04 * random.normal()),
        bend_x_(0.025 * random.normal()),
        bend_y_(0.025 * random.normal()),
        phase_(between(random, 0, 2 * std::numbers::pi)) {}

  static double between(Random& random, double low, double high) {
    return low + (high - low) * random.uniform();
  }

  Point operator()(Point p) const {
    const double bent_x = p.x + bend_x_ * std::sin(6 * p.y + phase_);
    const double bent_y = p.y + bend_y_ * std::sin(6 * p.x + phase_);
    const double x = scale_x_ * (bent_x - 0.5) - slant_ * (bent_y - 0.5);
    const double y = scale_y_ * (bent_y - 0.5);
    const double c = std::cos(turn_), s = std::sin(turn_);
    return {0.5 + c * x - s * y + shift_x_, 0.5 + s * x + c * y + shift_y_};
  }

 private:
  double scale_x_, scale_y_, turn_, slant_, shift_x_, shift_y_, bend_x_, bend_y_, phase_;
};

using Ink = std::array<float, kDrawingSize * kDrawingSize>;  // 0 .. 1

// Ink within `radius` of the segment, fading over `soft`. Lengths in pixels.
void paint(Ink& ink, Point a, Point b, double radius, double soft) {
  const double reach = radius + soft;
  const auto first = [&](double v) {
    return std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(v - reach)));
  };
  const auto last = [&](double v) {
    return std::min<std::int64_t>(kDrawingSize - 1,
                                  static_cast<std::int64_t>(std::ceil(v + reach)));
  };
  const double dx = b.x - a.x, dy = b.y - a.y, length = std::max(dx * dx + dy * dy, 1e-12);
  for (auto y = first(std::min(a.y, b.y)); y <= last(std::max(a.y, b.y)); ++y)
    for (auto x = first(std::min(a.x, b.x)); x <= last(std::max(a.x, b.x)); ++x) {
      const double px = static_cast<double>(x) - a.x, py = static_cast<double>(y) - a.y;
      const double t = std::clamp((px * dx + py * dy) / length, 0.0, 1.0);
      const double distance = std::hypot(px - t * dx, py - t * dy);
      const double value = std::clamp((reach - distance) / (2 * soft), 0.0, 1.0);
      auto& pixel = ink[static_cast<std::size_t>(y * kDrawingSize + x)];
      pixel = std::max(pixel, static_cast<float>(value));
    }
}

void draw(int digit, Random random, std::span<std::uint8_t> pixels) {
  const auto& ways = glyphs()[static_cast<std::size_t>(digit)];
  const Glyph& glyph = ways[random.below(ways.size())];
  const Hand hand(random);
  const double radius = Hand::between(random, 0.8, 1.9), soft = Hand::between(random, 0.45, 0.9);
  const double pressure = Hand::between(random, 0.7, 1), noise = Hand::between(random, 0.01, 0.07);
  Ink ink{};
  for (const auto& stroke : glyph) {
    Line points = stroke.points;
    for (auto& p : points) p.x += 0.018 * random.normal(), p.y += 0.018 * random.normal();
    const Line line = stroke.smooth ? curve(points) : points;
    const auto pixel = [&](Point p) {
      const Point q = hand(p);
      return Point{q.x * (kDrawingSize - 1), q.y * (kDrawingSize - 1)};
    };
    for (std::size_t i = 0; i + 1 < line.size(); ++i)
      paint(ink, pixel(line[i]), pixel(line[i + 1]), radius, soft);
  }
  for (std::size_t i = 0; i < ink.size(); ++i) {
    const double value = pressure * static_cast<double>(ink[i]) + noise * random.normal();
    pixels[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
  }
}

}  // namespace

Drawings draw_digits(std::int64_t count, std::uint64_t seed, std::string_view purpose) {
  Drawings drawings{Tensor(DType::u8, {count, kDrawingSize, kDrawingSize}),
                    Tensor(DType::u8, {count})};
  const std::string name(purpose);
  const auto order = Random(seed, name + ":order").permutation(count);
  const std::uint32_t stream = stream_id(name + ":drawing");
  const auto images = drawings.images.data<std::uint8_t>();
  const auto labels = drawings.labels.data<std::uint8_t>();
  constexpr std::size_t kPixels = kDrawingSize * kDrawingSize;
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    const int digit = static_cast<int>(order[i] % 10);
    labels[i] = static_cast<std::uint8_t>(digit);
    draw(digit, Random(seed, stream, i), images.subspan(i * kPixels, kPixels));
  }
  return drawings;
}

void write_idx(const std::filesystem::path& path, const Tensor& bytes) {
  std::string header{'\0', '\0', '\x08', static_cast<char>(bytes.shape().rank())};
  for (const auto size : bytes.shape().sizes())
    for (int shift = 24; shift >= 0; shift -= 8)
      header += static_cast<char>(static_cast<std::uint8_t>(size >> shift));
  write_atomically(path, [&](AtomicFile& file) {
    file.write(header);
    file.write(std::span(bytes.raw(), bytes.bytes()));
  });
}

}  // namespace glia::cli
