#include <cmath>
#include <limits>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

// Calls f(output element, input element) for each input element, in order. The sizes that are kept
// broadcast to the input's: the same map, read backwards.
template <class F>
void each(const Node& node, const Array& in, F f) {
  std::vector<std::int64_t> kept = in.sizes;
  for (auto axis : node.attributes.integers("axes")) {
    if (axis < 0) axis += static_cast<std::int64_t>(kept.size());
    kept[static_cast<std::size_t>(axis)] = 1;
  }
  const Broadcast index(kept, in.sizes);
  for (std::int64_t i = 0, n = in.elements(); i < n; ++i) f(index(i), i);
}

}  // namespace

Arrays reduce_sum(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  each(node, in[0], [&](std::int64_t to, std::int64_t i) {
    if (is_whole(in[0].dtype)) {
      auto& sum = out[0].whole[static_cast<std::size_t>(to)];
      sum = wrap(in[0].dtype,
                 static_cast<std::int64_t>(
                     static_cast<std::uint64_t>(sum) +
                     static_cast<std::uint64_t>(in[0].whole[static_cast<std::size_t>(i)])));
    } else {
      out[0][to] += in[0][i];
    }
  });
  return out;
}

// Over no elements at all: the least value there is.
Arrays reduce_max(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  for (auto& v : out[0].values) v = -std::numeric_limits<double>::infinity();
  const auto least = [](auto zero) {
    return static_cast<std::int64_t>(std::numeric_limits<decltype(zero)>::lowest());
  };
  for (auto& v : out[0].whole)
    v = in[0].dtype == DType::u8    ? least(std::uint8_t{})
        : in[0].dtype == DType::i32 ? least(std::int32_t{})
                                    : least(std::int64_t{});
  each(node, in[0], [&](std::int64_t to, std::int64_t i) {
    if (is_whole(in[0].dtype)) {
      auto& most = out[0].whole[static_cast<std::size_t>(to)];
      most = std::max(most, in[0].whole[static_cast<std::size_t>(i)]);
    } else if (std::isnan(in[0][i]) || in[0][i] > out[0][to]) {
      out[0][to] = in[0][i];  // a comparison with NaN is false, so NaN stays
    }
  });
  return out;
}

Arrays all_finite(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  out[0][0] = 1;
  for (const auto& array : in)
    for (const double v : array.values)
      if (!std::isfinite(v)) out[0][0] = 0;
  return out;
}

}  // namespace glia::naive
