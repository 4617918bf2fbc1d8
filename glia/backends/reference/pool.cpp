#include <cmath>
#include <limits>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

// The windows of a pooling op: x is [N, C, H, W], y is [N, C, H', W'].
struct Windows {
  Windows(const Node& node, std::vector<std::int64_t> x_sizes, std::vector<std::int64_t> y_sizes)
      : x(std::move(x_sizes)),
        y(std::move(y_sizes)),
        window(node.attributes.integers("window")),
        stride(node.attributes.integers("stride")),
        padding(node.attributes.integers("padding")) {}

  // The element of x at `position` in the window of y's element i; -1 where that is padding.
  std::int64_t element(std::int64_t i, std::int64_t position) const {
    const std::int64_t image = i / (y[2] * y[3]);  // n * C + c
    const std::int64_t row = i / y[3] % y[2] * stride[0] - padding[0] + position / window[1];
    const std::int64_t column = i % y[3] * stride[1] - padding[2] + position % window[1];
    if (row < 0 || row >= x[2] || column < 0 || column >= x[3]) return -1;
    return (image * x[2] + row) * x[3] + column;
  }
  std::int64_t positions() const { return window[0] * window[1]; }

  std::vector<std::int64_t> x, y, window, stride, padding;
};

}  // namespace

// NaN counts as the largest, so that it is not lost.
Arrays max_pool2d(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Windows windows(node, in[0].sizes, out[0].sizes);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    double most = -std::numeric_limits<double>::infinity();
    std::int64_t best = -1;
    for (std::int64_t p = 0; p < windows.positions(); ++p) {
      const std::int64_t at = windows.element(i, p);
      if (at < 0) continue;
      const double v = in[0][at];
      if (best >= 0 && !(v > most) && !(std::isnan(v) && !std::isnan(most))) continue;
      most = v;
      best = p;
    }
    out[0][i] = most;
    out[1].whole[static_cast<std::size_t>(i)] = best < 0 ? 0 : best;
  }
  return out;
}

Arrays max_pool2d_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Windows windows(node, out[0].sizes, in[0].sizes);
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) {
    const std::int64_t at = windows.element(i, in[1].whole[static_cast<std::size_t>(i)]);
    if (at >= 0) out[0][at] += in[0][i];
  }
  return out;
}

Arrays max_pool2d_gather(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Windows windows(node, in[0].sizes, out[0].sizes);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    const std::int64_t at = windows.element(i, in[1].whole[static_cast<std::size_t>(i)]);
    if (at >= 0) out[0][i] = in[0][at];
  }
  return out;
}

namespace {
// What the sum over the window of y's element i is divided by.
double divisor(const Node& node, const Windows& windows, std::int64_t i) {
  if (node.attributes.flag("count_padding")) return static_cast<double>(windows.positions());
  double inside = 0;
  for (std::int64_t p = 0; p < windows.positions(); ++p) inside += windows.element(i, p) >= 0;
  return inside;
}
}  // namespace

Arrays average_pool2d(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Windows windows(node, in[0].sizes, out[0].sizes);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    for (std::int64_t p = 0; p < windows.positions(); ++p)
      if (const std::int64_t at = windows.element(i, p); at >= 0) out[0][i] += in[0][at];
    out[0][i] /= divisor(node, windows, i);
  }
  return out;
}

Arrays average_pool2d_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Windows windows(node, out[0].sizes, in[0].sizes);
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i)
    for (std::int64_t p = 0; p < windows.positions(); ++p)
      if (const std::int64_t at = windows.element(i, p); at >= 0)
        out[0][at] += in[0][i] / divisor(node, windows, i);
  return out;
}

Arrays global_average_pool2d(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t pixels = in[0].sizes[2] * in[0].sizes[3];
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) out[0][i / pixels] += in[0][i];
  for (double& v : out[0].values) v /= static_cast<double>(pixels);
  return out;
}

Arrays global_average_pool2d_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t pixels = out[0].sizes[2] * out[0].sizes[3];
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i)
    out[0][i] = in[0][i / pixels] / static_cast<double>(pixels);
  return out;
}

}  // namespace glia::naive
