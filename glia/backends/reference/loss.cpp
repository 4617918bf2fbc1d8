#include <algorithm>
#include <cmath>
#include <limits>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

// The elements of one line along an axis, of which there are `lines`.
struct Lines {
  Lines(const Array& x, std::int64_t axis) {
    const auto at = x.sizes.begin() + (axis < 0 ? axis + std::ssize(x.sizes) : axis);
    length = *at;
    inner = product({at + 1, x.sizes.end()});
    lines = product({x.sizes.begin(), at}) * inner;
  }
  std::int64_t element(std::int64_t line, std::int64_t i) const {
    return (line / inner * length + i) * inner + line % inner;
  }
  std::int64_t length, inner, lines;
};

// The maximum of a line and the sum of exp(x - maximum). NaN anywhere makes the sum NaN.
struct ExpSum {
  ExpSum(const Array& x, const Lines& lines, std::int64_t line) {
    for (std::int64_t i = 0; i < lines.length; ++i)
      most = std::max(most, x[lines.element(line, i)]);
    for (std::int64_t i = 0; i < lines.length; ++i)
      sum += std::exp(x[lines.element(line, i)] - most);
  }
  double most = -std::numeric_limits<double>::infinity();
  double sum = 0;
};

template <class F>
Arrays along_axis(const Node& node, const Array& x, F f) {
  Arrays out = outputs_of(node);
  const Lines lines(x, node.attributes.integer("axis"));
  for (std::int64_t line = 0; line < lines.lines; ++line) {
    const ExpSum total(x, lines, line);
    for (std::int64_t i = 0; i < lines.length; ++i) {
      const std::int64_t at = lines.element(line, i);
      out[0][at] = f(x[at] - total.most, total.sum);
    }
  }
  return out;
}

}  // namespace

Arrays softmax(const Node& node, const Arrays& in) {
  return along_axis(node, in[0], [](double x, double sum) { return std::exp(x) / sum; });
}

Arrays log_softmax(const Node& node, const Arrays& in) {
  return along_axis(node, in[0], [](double x, double sum) { return x - std::log(sum); });
}

Arrays softmax_crossentropy(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Lines rows(in[0], 1);
  for (std::int64_t n = 0; n < rows.lines; ++n) {
    const ExpSum total(in[0], rows, n);
    const std::int64_t label = in[1].whole[static_cast<std::size_t>(n)];
    const bool good = label >= 0 && label < rows.length;
    out[0][n] = good ? std::log(total.sum) - (in[0][rows.element(n, label)] - total.most)
                     : std::numeric_limits<double>::quiet_NaN();
    out[1][n] = std::log(total.sum) + total.most;
  }
  return out;
}

Arrays softmax_crossentropy_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t classes = in[0].sizes[1];
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) {
    const std::int64_t row = i / classes;
    const double hit = in[1].whole[static_cast<std::size_t>(row)] == i % classes;
    out[0][i] = (std::exp(in[0][i] - in[2][row]) - hit) * in[3][row];
  }
  return out;
}

}  // namespace glia::naive
