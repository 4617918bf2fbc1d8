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

// The maximum of a line and the sum of exp(x - maximum) over all elements but one that is the
// maximum, so that ln(1 + others) is exact where the others are small. NaN anywhere makes it NaN.
struct ExpSum {
  ExpSum(const Array& x, const Lines& lines, std::int64_t line) {
    if (lines.length == 0) return;
    std::int64_t best = 0;
    for (std::int64_t i = 0; i < lines.length; ++i)
      if (x[lines.element(line, i)] > most) most = x[lines.element(line, i)], best = i;
    for (std::int64_t i = 0; i < lines.length; ++i)
      if (i != best) others += std::exp(x[lines.element(line, i)] - most);
    if (std::isnan(x[lines.element(line, best)] - most)) others = NAN;
  }
  double most = -std::numeric_limits<double>::infinity();
  double others = 0;
  double log() const { return std::log1p(others); }
};

template <class F>
Arrays along_axis(const Node& node, const Array& x, F f) {
  Arrays out = outputs_of(node);
  const Lines lines(x, node.attributes.integer("axis"));
  for (std::int64_t line = 0; line < lines.lines; ++line) {
    const ExpSum total(x, lines, line);
    for (std::int64_t i = 0; i < lines.length; ++i) {
      const std::int64_t at = lines.element(line, i);
      out[0][at] = f(x[at] - total.most, total);
    }
  }
  return out;
}

}  // namespace

Arrays softmax(const Node& node, const Arrays& in) {
  return along_axis(node, in[0],
                    [](double x, const ExpSum& total) { return std::exp(x) / (1 + total.others); });
}

Arrays log_softmax(const Node& node, const Arrays& in) {
  return along_axis(node, in[0], [](double x, const ExpSum& total) { return x - total.log(); });
}

Arrays softmax_crossentropy(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Lines rows(in[0], 1);
  for (std::int64_t n = 0; n < rows.lines; ++n) {
    const ExpSum total(in[0], rows, n);
    const std::int64_t label = in[1].whole[static_cast<std::size_t>(n)];
    const bool good = label >= 0 && label < rows.length;
    out[0][n] = good ? total.log() + (total.most - in[0][rows.element(n, label)])
                     : std::numeric_limits<double>::quiet_NaN();
    out[1][n] = total.log() + total.most;
  }
  return out;
}

Arrays softmax_crossentropy_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t classes = in[0].sizes[1];
  for (std::int64_t row = 0; row < in[0].sizes[0]; ++row) {
    const std::int64_t label = in[1].whole[static_cast<std::size_t>(row)];
    double others = 0;
    for (std::int64_t k = 0, i = row * classes; k < classes; ++k, ++i) {
      if (k == label) continue;
      const double p = std::exp(in[0][i] - in[2][row]);
      others += p;
      out[0][i] = p * in[3][row];
    }
    if (label >= 0 && label < classes) out[0][row * classes + label] = -others * in[3][row];
  }
  return out;
}

}  // namespace glia::naive
