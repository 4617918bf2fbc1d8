#include <algorithm>

#include "glia/backends/ctc_row.h"
#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

CtcRow<double> row_of(const Node& node, const Arrays& in, std::int64_t n) {
  const std::int64_t steps = in[0].sizes[1], classes = in[0].sizes[2], length = in[1].sizes[1];
  const std::int64_t* labels = in[1].whole.data() + n * length;
  return {in[0].values.data() + n * steps * classes,
          std::clamp<std::int64_t>(in[2].whole[static_cast<std::size_t>(n)], 0, steps),
          classes,
          labels,
          labels + length,
          node.attributes.integer("blank")};
}

}  // namespace

Arrays ctc_loss(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  for (std::int64_t n = 0; n < in[0].sizes[0]; ++n) out[0][n] = row_of(node, in, n).loss();
  return out;
}

Arrays ctc_loss_gradient(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t row = in[0].sizes[1] * in[0].sizes[2];
  for (std::int64_t n = 0; n < in[0].sizes[0]; ++n)
    row_of(node, in, n).gradient(in[3][n], out[0].values.data() + n * row);
  return out;
}

}  // namespace glia::naive
