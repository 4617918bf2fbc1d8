#include "glia/backends/reference/kernels.h"

namespace glia::naive {

Arrays constant(const Node& node, const Arrays&) {
  return {load(node.outputs[0], node.attributes.tensor("value").raw())};
}

Arrays copy(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) out[0].copy(i, in[0], i);
  return out;
}

Arrays transpose(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto& permutation = node.attributes.integers("permutation");
  const auto& from = in[0].sizes;
  std::vector<std::int64_t> strides(from.size(), 1);
  for (std::size_t i = from.size(); i-- > 1;) strides[i - 1] = strides[i] * from[i];
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    std::int64_t at = 0, rest = i;
    for (std::size_t axis = permutation.size(); axis-- > 0; rest /= out[0].sizes[axis])
      at += rest % out[0].sizes[axis] * strides[static_cast<std::size_t>(permutation[axis])];
    out[0].copy(i, in[0], at);
  }
  return out;
}

Arrays broadcast_to(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const Broadcast index(in[0].sizes, out[0].sizes);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) out[0].copy(i, in[0], index(i));
  return out;
}

Arrays element_count(const Node& node, const Arrays&) {
  Arrays out = outputs_of(node);
  const std::int64_t count = node.attributes.shape("shape").elements();
  if (is_whole(out[0].dtype))
    out[0].whole[0] = wrap(out[0].dtype, count);
  else
    out[0][0] = static_cast<double>(count);
  return out;
}

Arrays one_hot(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const std::int64_t depth = node.attributes.integer("depth");
  for (std::int64_t i = 0, n = in[0].elements(); i < n; ++i) {
    const std::int64_t label = in[0].whole[static_cast<std::size_t>(i)];
    if (label < 0 || label >= depth) continue;
    if (is_whole(out[0].dtype))
      out[0].whole[static_cast<std::size_t>(i * depth + label)] = 1;
    else
      out[0][i * depth + label] = 1;
  }
  return out;
}

Arrays cast(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const DType dtype = out[0].dtype;
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (is_whole(dtype))
      out[0].whole[k] = wrap(dtype, is_whole(in[0].dtype) ? in[0].whole[k] : to_whole(in[0][i]));
    else if (dtype == DType::boolean)
      out[0][i] = in[0].at(i) != 0;
    else if (dtype == DType::f32 && is_whole(in[0].dtype))
      out[0][i] = static_cast<float>(in[0].whole[k]);  // rounded once, not by way of double
    else
      out[0][i] = in[0].at(i);
  }
  return out;
}

}  // namespace glia::naive
