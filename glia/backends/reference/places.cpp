// Ops that take elements from, or put them to, other places.
#include <cmath>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {
namespace {

using Sizes = std::vector<std::int64_t>;

void fill(Array& array, double value) {
  for (auto& v : array.values) v = array.dtype == DType::boolean ? value != 0 : value;
  for (auto& v : array.whole) v = wrap(array.dtype, to_whole(value));
}

// The element number in the large box of element i of the small one: see ops/slice.h.
std::int64_t place(const Node& node, const Sizes& small, const Sizes& large, std::int64_t i) {
  const auto from = node.attributes.shape("from").sizes();
  const auto& step = node.attributes.integers("step");
  std::int64_t at = 0, stride = 1;
  for (std::size_t axis = small.size(); axis-- > 0; i /= small[axis]) {
    at += stride * (from[axis] + i % small[axis] * (step.empty() ? 1 : step[axis]));
    stride *= large[axis];
  }
  return at;
}

// How many elements a row of a table has: what follows the first `leading` dimensions.
std::int64_t row_elements(const Sizes& sizes, std::size_t leading) {
  return product(Sizes(sizes.begin() + static_cast<std::ptrdiff_t>(leading), sizes.end()));
}

}  // namespace

Arrays concatenate(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto rank = static_cast<std::int64_t>(out[0].sizes.size());
  const std::int64_t given = node.attributes.integer("axis");
  const auto axis = static_cast<std::size_t>(given < 0 ? given + rank : given);
  const std::int64_t whole = row_elements(out[0].sizes, axis);  // after the axes before this one
  std::int64_t begin = 0;
  for (const Array& x : in) {
    const std::int64_t part = row_elements(x.sizes, axis);
    for (std::int64_t i = 0, n = x.elements(); i < n; ++i)
      out[0].copy(i / part * whole + begin + i % part, x, i);
    begin += part;
  }
  return out;
}

Arrays slice(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i)
    out[0].copy(i, in[0], place(node, out[0].sizes, in[0].sizes, i));
  return out;
}

Arrays pad(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  fill(out[0], node.attributes.real("value"));
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i)
    out[0].copy(place(node, in[0].sizes, out[0].sizes, i), in[0], i);
  return out;
}

Arrays iota(const Node& node, const Arrays&) {
  Arrays out = outputs_of(node);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i)
    if (is_whole(out[0].dtype))
      out[0].whole[static_cast<std::size_t>(i)] = wrap(out[0].dtype, i);
    else
      out[0][i] = static_cast<double>(i);
  return out;
}

Arrays gather(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const bool nan = is_floating(out[0].dtype) && !node.attributes.flag("zero_outside");
  fill(out[0], nan ? NAN : 0);
  const std::int64_t rows = in[0].sizes[0], length = row_elements(in[0].sizes, 1);
  for (std::int64_t i = 0, n = in[1].elements(); i < n; ++i) {
    const std::int64_t row = in[1].whole[static_cast<std::size_t>(i)];
    if (row < 0 || row >= rows) continue;
    for (std::int64_t k = 0; k < length; ++k) out[0].copy(i * length + k, in[0], row * length + k);
  }
  return out;
}

Arrays scatter_add(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t rows = out[0].sizes[0], length = row_elements(out[0].sizes, 1);
  for (std::int64_t i = 0, n = in[1].elements(); i < n; ++i) {
    const std::int64_t row = in[1].whole[static_cast<std::size_t>(i)];
    if (row < 0 || row >= rows) continue;
    for (std::int64_t k = 0; k < length; ++k) {
      const std::int64_t to = row * length + k, from = i * length + k;
      if (is_whole(out[0].dtype)) {
        auto& sum = out[0].whole[static_cast<std::size_t>(to)];
        sum = wrap(out[0].dtype,
                   static_cast<std::int64_t>(
                       static_cast<std::uint64_t>(sum) +
                       static_cast<std::uint64_t>(in[0].whole[static_cast<std::size_t>(from)])));
      } else {
        out[0][to] += in[0][from];
      }
    }
  }
  return out;
}

}  // namespace glia::naive
