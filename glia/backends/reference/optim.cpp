#include <cmath>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {

Arrays sgd_update(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const double rate = in[0].at(0);
  const double momentum = node.attributes.real("momentum");
  const double decay = node.attributes.real("weight_decay");
  const bool nesterov = node.attributes.flag("nesterov");
  const std::size_t stride = momentum != 0 ? 3 : 2;  // parameter, gradient[, velocity]
  for (std::size_t p = 1, o = 0; p < in.size(); p += stride, o += stride - 1)
    for (std::int64_t i = 0, n = in[p].elements(); i < n; ++i) {
      const double gradient = in[p + 1][i] + decay * in[p][i];
      double direction = gradient;
      if (momentum != 0) {
        const double velocity = momentum * in[p + 2][i] + gradient;
        direction = nesterov ? gradient + momentum * velocity : velocity;
        out[o + 1][i] = velocity;
      }
      out[o][i] = in[p][i] - rate * direction;
    }
  return out;
}

Arrays adam_update(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const double beta1 = node.attributes.real("beta1"), beta2 = node.attributes.real("beta2");
  const double epsilon = node.attributes.real("epsilon");
  const bool decoupled = node.attributes.flag("decoupled");
  const double all_decay = node.attributes.real("weight_decay");
  const double decay = decoupled ? 0 : all_decay;
  const double kept = decoupled ? 1 - in[0].at(0) * all_decay : 1;
  const double step = static_cast<double>(in[1].whole[0]) + 1;
  const double rate = in[0].at(0) / (1 - std::pow(beta1, step));
  const double correction = std::sqrt(1 - std::pow(beta2, step));
  for (std::size_t p = 2, o = 0; p < in.size(); p += 4, o += 3)
    for (std::int64_t i = 0, n = in[p].elements(); i < n; ++i) {
      const double gradient = in[p + 1][i] + decay * in[p][i];
      const double m = in[p + 2][i] + (gradient - in[p + 2][i]) * (1 - beta1);
      const double v = beta2 * in[p + 3][i] + (1 - beta2) * gradient * gradient;
      out[o][i] = in[p][i] * kept - rate * m / (std::sqrt(v) / correction + epsilon);
      out[o + 1][i] = m;
      out[o + 2][i] = v;
    }
  return out;
}

}  // namespace glia::naive
