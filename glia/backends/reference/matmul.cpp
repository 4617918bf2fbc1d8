#include "glia/backends/reference/kernels.h"

namespace glia::naive {

Arrays matmul(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const bool ta = node.attributes.flag("transpose_a"), tb = node.attributes.flag("transpose_b");
  const Array &a = in[0], &b = in[1];
  const std::int64_t rows = out[0].sizes[0], columns = out[0].sizes[1], inner = a.sizes[ta ? 0 : 1];
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) {
      double sum = 0;
      for (std::int64_t k = 0; k < inner; ++k)
        sum += a.at(ta ? k * rows + i : i * inner + k) * b.at(tb ? j * inner + k : k * columns + j);
      if (in.size() == 3) sum += in[2].at(j);
      out[0][i * columns + j] = activate(node, sum);
    }
  return out;
}

}  // namespace glia::naive
