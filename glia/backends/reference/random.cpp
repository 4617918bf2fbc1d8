#include "glia/base/random.h"

#include "glia/backends/reference/kernels.h"

namespace glia::naive {

// The comparison is in double: a rate like 0.7 lies between two of the numbers that the generator
// gives, and rounding it to f32 would move one of them to the other side.
Arrays dropout_mask(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const double rate = node.attributes.real("rate");
  const auto seed = static_cast<std::uint64_t>(node.attributes.integer("seed"));
  const auto stream = static_cast<std::uint32_t>(node.attributes.integer("stream"));
  const auto step = static_cast<std::uint64_t>(in[0].whole[0]);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    const double u = philox_uniform(seed, stream, step, static_cast<std::uint64_t>(i));
    out[0][i] = u < rate ? 0 : 1 / (1 - rate);
  }
  return out;
}

Arrays random_uniform(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto seed = static_cast<std::uint64_t>(node.attributes.integer("seed"));
  const auto stream = static_cast<std::uint32_t>(node.attributes.integer("stream"));
  const auto step = static_cast<std::uint64_t>(in[0].whole[0]);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i)
    out[0][i] = philox_uniform(seed, stream, step, static_cast<std::uint64_t>(i));
  return out;
}

}  // namespace glia::naive
