#include <cmath>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

// x: [N, C, ...]: the channel of each element, and how many elements a channel has.
struct Channels {
  explicit Channels(const Array& x)
      : channels(x.sizes[1]),
        inner(product({x.sizes.begin() + 2, x.sizes.end()})),
        count(static_cast<double>(x.sizes[0] * inner)) {}
  std::int64_t of(std::int64_t i) const { return i / inner % channels; }
  std::int64_t channels, inner;
  double count;
};

}  // namespace

Arrays batch_norm(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Array &x = in[0], &weight = in[1], &bias = in[2];
  Array &y = out[0], &mean = out[1], &variance = out[2];
  const Channels c(x);
  const double epsilon = node.attributes.real("epsilon");
  const std::int64_t n = x.elements();
  for (std::int64_t i = 0; i < n; ++i) mean[c.of(i)] += x[i];
  for (double& v : mean.values) v /= c.count;
  for (std::int64_t i = 0; i < n; ++i) {
    const double centred = x[i] - mean[c.of(i)];
    variance[c.of(i)] += centred * centred;
  }
  for (double& v : variance.values) v /= c.count;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t k = c.of(i);
    y[i] = (x[i] - mean[k]) / std::sqrt(variance[k] + epsilon) * weight[k] + bias[k];
  }
  return out;
}

// With h = (x - mean) / s: dw = sum(dy h), db = sum(dy), dx = w / s (dy - db / n - h dw / n).
Arrays batch_norm_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Array &x = in[0], &weight = in[1], &mean = in[2], &variance = in[3], &dy = in[4];
  Array &dx = out[0], &dw = out[1], &db = out[2];
  const Channels c(x);
  const double epsilon = node.attributes.real("epsilon");
  const auto deviation = [&](std::int64_t k) { return std::sqrt(variance[k] + epsilon); };
  const auto h = [&](std::int64_t i) { return (x[i] - mean[c.of(i)]) / deviation(c.of(i)); };
  const std::int64_t n = x.elements();
  for (std::int64_t i = 0; i < n; ++i) {
    dw[c.of(i)] += dy[i] * h(i);
    db[c.of(i)] += dy[i];
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const std::int64_t k = c.of(i);
    dx[i] = weight[k] / deviation(k) * (dy[i] - db[k] / c.count - h(i) * dw[k] / c.count);
  }
  return out;
}

}  // namespace glia::naive
