#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

// What the two last dimensions of a, b and the result say; all of them lie densely.
struct Product {
  Product(const Node& node, const Array& a, const Array& c)
      : ta(node.attributes.flag("transpose_a")),
        tb(node.attributes.flag("transpose_b")),
        rows(c.sizes[c.sizes.size() - 2]),
        columns(c.sizes.back()),
        inner(a.sizes[a.sizes.size() - (ta ? 2 : 1)]) {}

  // Element (i, j) of the product of the matrices that begin at these elements.
  double at(const Array& a, std::int64_t a0, const Array& b, std::int64_t b0, std::int64_t i,
            std::int64_t j) const {
    double sum = 0;
    for (std::int64_t k = 0; k < inner; ++k)
      sum += a.at(a0 + (ta ? k * rows + i : i * inner + k)) *
             b.at(b0 + (tb ? j * inner + k : k * columns + j));
    return sum;
  }

  bool ta, tb;
  std::int64_t rows, columns, inner;
};

}  // namespace

Arrays matmul(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Product p(node, in[0], out[0]);
  for (std::int64_t i = 0; i < p.rows; ++i)
    for (std::int64_t j = 0; j < p.columns; ++j) {
      const double bias = in.size() == 3 ? in[2].at(j) : 0;
      out[0][i * p.columns + j] = activate(node, p.at(in[0], 0, in[1], 0, i, j) + bias);
    }
  return out;
}

Arrays batch_matmul(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Product p(node, in[0], out[0]);
  for (std::int64_t item = 0; item < out[0].sizes[0]; ++item)
    for (std::int64_t i = 0; i < p.rows; ++i)
      for (std::int64_t j = 0; j < p.columns; ++j)
        out[0][(item * p.rows + i) * p.columns + j] =
            p.at(in[0], item * p.rows * p.inner, in[1], item * p.inner * p.columns, i, j);
  return out;
}

}  // namespace glia::naive
