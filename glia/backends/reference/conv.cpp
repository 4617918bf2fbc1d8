#include "glia/ops/conv.h"

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

using Sizes = std::vector<std::int64_t>;

// Calls f(x element, weight element, y element) for every product that a convolution sums: all
// three of its ops are sums over the same triples.
template <class F>
void each_product(const Attributes& attributes, const Sizes& x, const Sizes& w, const Sizes& y,
                  F f) {
  const ConvGeometry g(attributes);
  const std::int64_t filters = y[1] / g.groups;  // of one group
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t o = 0; o < y[1]; ++o)
      for (std::int64_t row = 0; row < y[2]; ++row)
        for (std::int64_t column = 0; column < y[3]; ++column)
          for (std::int64_t c = 0; c < w[1]; ++c)
            for (std::int64_t i = 0; i < w[2]; ++i)
              for (std::int64_t j = 0; j < w[3]; ++j) {
                const std::int64_t from = row * g.stride[0] - g.padding[0] + i * g.dilation[0];
                const std::int64_t left = column * g.stride[1] - g.padding[2] + j * g.dilation[1];
                if (from < 0 || from >= x[2] || left < 0 || left >= x[3]) continue;
                const std::int64_t channel = o / filters * w[1] + c;
                f(((n * x[1] + channel) * x[2] + from) * x[3] + left,
                  ((o * w[1] + c) * w[2] + i) * w[3] + j,
                  ((n * y[1] + o) * y[2] + row) * y[3] + column);
              }
}

}  // namespace

Arrays conv2d(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  Array& y = out[0];
  each_product(
      node.attributes, in[0].sizes, in[1].sizes, y.sizes,
      [&](std::int64_t x, std::int64_t w, std::int64_t to) { y[to] += in[0][x] * in[1][w]; });
  const std::int64_t pixels = y.sizes[2] * y.sizes[3];
  for (std::int64_t i = 0, n = y.elements(); i < n; ++i)
    y[i] = activate(node, y[i] + (in.size() == 3 ? in[2][i / pixels % y.sizes[1]] : 0));
  return out;
}

Arrays conv2d_input_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  each_product(
      node.attributes, out[0].sizes, in[0].sizes, in[1].sizes,
      [&](std::int64_t x, std::int64_t w, std::int64_t y) { out[0][x] += in[0][w] * in[1][y]; });
  return out;
}

Arrays conv2d_weight_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  each_product(
      node.attributes, in[0].sizes, out[0].sizes, in[1].sizes,
      [&](std::int64_t x, std::int64_t w, std::int64_t y) { out[0][w] += in[0][x] * in[1][y]; });
  return out;
}

}  // namespace glia::naive
