#include <algorithm>

#include "glia/ops/spatial.h"

namespace glia {
namespace {

// Windows are boxes, so a volume is pooled over height and width first, then over depth: both are
// images, as a sequence is one of height 1.
template <class Pool>
Value pool_each(Value x, const PoolingOptions& o, const Pool& pool) {
  const PerAxis &w = o.window, &s = o.stride, &p = o.padding;
  const Dim n = x.dim(0), c = x.dim(1);
  if (w.size() == 2) return pool(x, Pool2dOptions{w, s, p});
  if (w.size() == 1) {
    const Value y = pool(reshape(x, {n, c, 1, x.dim(2)}),
                         Pool2dOptions{{1, w[0]}, {1, s[0]}, {0, 0, p[0], p[1]}});
    return reshape(y, {n, c, y.dim(3)});
  }
  const Value frames = pool(reshape(x, {n, c * x.dim(2), x.dim(3), x.dim(4)}),
                            Pool2dOptions{{w[1], w[2]}, {s[1], s[2]}, {p[2], p[3], p[4], p[5]}});
  const Dim height = frames.dim(2), width = frames.dim(3);
  const Value y = pool(reshape(frames, {n, c, x.dim(2), height * width}),
                       Pool2dOptions{{w[0], 1}, {s[0], 1}, {p[0], p[1], 0, 0}});
  return reshape(y, {n, c, y.dim(2), height, width});
}

// The window that divides every axis evenly, or nothing.
PerAxis even_window(Value x, const PerAxis& sizes) {
  PerAxis window;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t length = x.dim(static_cast<int>(i) + 2).value();
    if (sizes[i] > length || length % sizes[i] != 0) return {};
    window.push_back(length / sizes[i]);
  }
  return window;
}

struct Part {
  std::int64_t from, to;
};
Part part(std::int64_t i, std::int64_t length, std::int64_t parts) {
  return {i * length / parts, ((i + 1) * length + parts - 1) / parts};
}

}  // namespace

Value max_pool(Value x, const PoolingOptions& o) {
  return pool_each(x, o, [](Value v, const Pool2dOptions& p) { return max_pool2d(v, p); });
}

Value average_pool(Value x, const PoolingOptions& o, bool count_padding) {
  return pool_each(
      x, o, [&](Value v, const Pool2dOptions& p) { return average_pool2d(v, p, count_padding); });
}

Value adaptive_max_pool(Value x, const PerAxis& sizes) {
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const int a = static_cast<int>(axis) + 2;
    const std::int64_t length = x.dim(a).value();
    if (sizes[axis] == length) continue;
    Values parts;
    for (std::int64_t i = 0; i < sizes[axis]; ++i) {
      const auto [from, to] = part(i, length, sizes[axis]);
      parts.push_back(reduce_max(slice(x, a, from, to), {a}, true));
    }
    x = parts.size() == 1 ? parts[0] : concatenate(parts, a);
  }
  return x;
}

Value adaptive_average_pool(Value x, const PerAxis& sizes) {
  if (const PerAxis window = even_window(x, sizes); !window.empty())
    return average_pool(x, {window, window, PerAxis(2 * sizes.size(), 0)}, true);
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    const int a = static_cast<int>(axis) + 2;
    const std::int64_t length = x.dim(a).value(), parts = sizes[axis];
    Tensor mean(DType::f64, {length, parts});
    for (std::int64_t i = 0; i < parts; ++i) {
      const auto [from, to] = part(i, length, parts);
      for (std::int64_t k = from; k < to; ++k)
        mean.set(k * parts + i, 1 / static_cast<double>(to - from));
    }
    x = map_axis(x, a, x.graph().constant(mean.to(x.dtype())));
  }
  return x;
}

}  // namespace glia
