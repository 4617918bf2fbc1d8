#include "glia/data/augment_geometry.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace glia::data {
namespace {

// Where pixel i of n is found; -1: nowhere.
int place(int i, int n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::constant) return -1;
  if (border == Border::nearest) return std::clamp(i, 0, n - 1);
  const int turn = ((i % (2 * n)) + 2 * n) % (2 * n);
  return turn < n ? turn : 2 * n - 1 - turn;
}

// So far outside that whole numbers still hold it.
int whole(double x) { return static_cast<int>(std::floor(std::clamp(x, -1e8, 1e8))); }

}  // namespace

Affine Affine::inverse() const {
  const double area = a * e - b * d;
  return {e / area, -b / area, (b * f - e * c) / area, -d / area, a / area, (d * c - a * f) / area};
}

Affine Affine::after(const Affine& o) const {
  return {a * o.a + b * o.d, a * o.b + b * o.e, a * o.c + b * o.f + c,
          d * o.a + e * o.d, d * o.b + e * o.e, d * o.c + e * o.f + f};
}

Affine affine_of(const Motion& m, int width, int height) {
  constexpr double kRadians = std::numbers::pi / 180;
  const double turn = m.degrees * kRadians, shear = std::tan(m.shear_degrees * kRadians);
  const double x = (width - 1) / 2.0, y = (height - 1) / 2.0;
  // Backwards, from the result to the source, with the middle as origin. Down is positive.
  const Affine centre{1, 0, -x - m.right, 0, 1, -y - m.down};
  const Affine turned{std::cos(turn), -std::sin(turn), 0, std::sin(turn), std::cos(turn), 0};
  const Affine sheared{1, -shear, 0, 0, 1, 0};
  const Affine sized{(m.mirror_x ? -1 : 1) / m.zoom, 0, 0, 0, (m.mirror_y ? -1 : 1) / m.zoom, 0};
  const Affine back{1, 0, x, 0, 1, y};
  return back.after(sized).after(sheared).after(turned).after(centre);
}

void move_image(std::span<const float> planes, int channels, int height, int width, const Affine& m,
                Border border, std::span<const float> fill, std::span<float> to) {
  const auto size = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  std::size_t at = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x, ++at) {
      const double sx = m.a * x + m.b * y + m.c, sy = m.d * x + m.e * y + m.f;
      const int x0 = whole(sx), y0 = whole(sy);
      const auto fx = static_cast<float>(sx - x0), fy = static_cast<float>(sy - y0);
      const int xs[] = {place(x0, width, border), place(x0 + 1, width, border)};
      const int ys[] = {place(y0, height, border), place(y0 + 1, height, border)};
      for (int c = 0; c < channels; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        const float* const plane = planes.data() + channel * size;
        const auto pixel = [&](int i, int j) {
          return xs[j] < 0 || ys[i] < 0 ? fill[channel] : plane[ys[i] * width + xs[j]];
        };
        const float above = pixel(0, 0) + fx * (pixel(0, 1) - pixel(0, 0));
        const float below = pixel(1, 0) + fx * (pixel(1, 1) - pixel(1, 0));
        to[channel * size + at] = above + fy * (below - above);
      }
    }
}

template <class T>
void move_mask(std::span<const T> mask, int height, int width, const Affine& m, Border border,
               T fill, std::span<T> to) {
  std::size_t at = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x, ++at) {
      const int sx = place(whole(m.a * x + m.b * y + m.c + 0.5), width, border);
      const int sy = place(whole(m.d * x + m.e * y + m.f + 0.5), height, border);
      to[at] = sx < 0 || sy < 0 ? fill : mask[static_cast<std::size_t>(sy * width + sx)];
    }
}
template void move_mask(std::span<const float>, int, int, const Affine&, Border, float,
                        std::span<float>);
template void move_mask(std::span<const std::int64_t>, int, int, const Affine&, Border,
                        std::int64_t, std::span<std::int64_t>);

std::vector<Box> move_boxes(std::span<const Box> boxes, int height, int width, const Affine& affine,
                            double least_share) {
  const Affine forward = affine.inverse();
  std::vector<Box> moved;
  for (const Box& box : boxes) {
    Box to{1e300, 1e300, -1e300, -1e300, box.label};
    for (const double x : {box.left - 0.5, box.right - 0.5})
      for (const double y : {box.top - 0.5, box.bottom - 0.5}) {
        const double tx = forward.a * x + forward.b * y + forward.c + 0.5;
        const double ty = forward.d * x + forward.e * y + forward.f + 0.5;
        to.left = std::min(to.left, tx), to.right = std::max(to.right, tx);
        to.top = std::min(to.top, ty), to.bottom = std::max(to.bottom, ty);
      }
    const double area = (to.right - to.left) * (to.bottom - to.top);
    to.left = std::clamp<double>(to.left, 0, width),
    to.right = std::clamp<double>(to.right, 0, width);
    to.top = std::clamp<double>(to.top, 0, height);
    to.bottom = std::clamp<double>(to.bottom, 0, height);
    const double rest = (to.right - to.left) * (to.bottom - to.top);
    if (rest > 0 && rest >= least_share * area) moved.push_back(to);
  }
  return moved;
}

}  // namespace glia::data
