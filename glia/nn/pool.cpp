#include "glia/nn/pool.h"

#include <limits>
#include <numeric>

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/spatial.h"

namespace glia::nn {
namespace {

enum class Pool : std::uint8_t { max, average };

struct LocalPool {
  Pool pool;
  std::string name;
  Window window;
  bool count_padding = true;

  int axes() const { return static_cast<int>(window.size.size()); }
  Value forward(Value x) const {
    expect_spatial(x, axes(), name);
    const Value y = features_first(x);
    const PoolingOptions options{window.size, window.stride, padding_of(y)};
    return features_last(pool == Pool::max ? max_pool(y, options)
                                           : average_pool(y, options, count_padding));
  }
  std::string kind() const { return name; }

 private:
  std::vector<std::int64_t> padding_of(Value y) const {
    auto padding = window.padding_of(y, name);
    // A window would begin behind the end: only where `same` meets a stride beyond the window.
    for (std::size_t i = 0; i < padding.size(); ++i)
      expect(padding[i] < window.size[i / 2], name,
             fmt::format("padding {} is not smaller than the window {}", padding[i],
                         fmt::join(window.size, " x ")));
    return padding;
  }
};

template <class Options>
Module local(Pool pool, const char* name, const Options& o) {
  LocalPool layer{pool, name, {o.pool_size.list(), o.stride.list(), {}, o.padding}};
  layer.window.dilation.assign(layer.window.size.size(), 1);
  expect_in_range(layer.window.stride, 0, name, "stride");
  expect_in_range(layer.window.size, 1, name, "pool_size");
  for (std::size_t i = 0; i < layer.window.size.size(); ++i)
    if (layer.window.stride[i] == 0) layer.window.stride[i] = layer.window.size[i];
  layer.window.check(name);
  const auto padding = layer.window.given_padding();
  for (std::size_t i = 0; i < padding.size(); ++i)
    expect(padding[i] < layer.window.size[i / 2], name,
           fmt::format("padding {} is not smaller than the window {}: a window could lie in "
                       "padding alone",
                       padding[i], fmt::join(layer.window.size, " x ")));
  if constexpr (requires { o.count_include_pad; }) layer.count_padding = o.count_include_pad;
  return layer;
}

struct GlobalPool {
  Pool pool;
  int axes;
  static constexpr Masks masks = Masks::own;

  Value forward(Value x) const {
    expect_spatial(x, axes, kind());
    if (const Value mask = x.graph().mask(x)) {
      if (axes > 1) refuse_mask(x, kind(), "pool over one axis");
      return masked(x, reshape(mask, {mask.dim(0), mask.dim(1), 1}));
    }
    if (pool == Pool::average && axes > 1) return glia::global_average_pool2d(as_images(x));
    std::vector<int> places(static_cast<std::size_t>(axes));
    std::iota(places.begin(), places.end(), axes == 1 ? 1 : 2);
    return pool == Pool::max ? reduce_max(x, places) : reduce_mean(x, places);
  }
  std::string kind() const {
    return fmt::format("global_{}_pool{}d", pool == Pool::max ? "max" : "average", axes);
  }

 private:
  static Value as_images(Value x) {
    if (x.rank() == 4) return x;
    return reshape(x, {x.dim(0), x.dim(1), x.dim(2) * x.dim(3), x.dim(4)});
  }
  Value masked(Value x, Value mask) const {
    const Value real = cast(mask, x.dtype());
    const Value count = reduce_sum(real, {1});
    if (pool == Pool::average) return reduce_sum(x * real, {1}) / maximum(count, 1.0);
    const Value lowest = x.graph().scalar(-std::numeric_limits<double>::infinity(), x.dtype());
    const Value largest =
        reduce_max(select(broadcast_to(mask, x.shape()), x, broadcast_to(lowest, x.shape())), {1});
    return select(broadcast_to(greater(count, 0.0), largest.shape()), largest, zero_like(x));
  }
};

struct AdaptivePool {
  Pool pool;
  std::string name;
  std::vector<std::int64_t> sizes;
  Value forward(Value x) const {
    expect_spatial(x, static_cast<int>(sizes.size()), name);
    const Value y = features_first(x);
    for (std::size_t i = 0; i < sizes.size(); ++i)
      if (const Dim length = y.dim(static_cast<int>(i) + 2); !length.known() || length == Dim(0))
        fail("E-SHAPE-09", "[{}] layer '{}': its windows need known sizes above 0, got {}", name,
             x.graph().scope(), x.shape().text());
    return features_last(pool == Pool::max ? adaptive_max_pool(y, sizes)
                                           : adaptive_average_pool(y, sizes));
  }
  std::string kind() const { return name; }
};

template <std::size_t Rank>
Module adaptive(Pool pool, const char* name, const AdaptivePoolOptions<Rank>& o) {
  expect_in_range(o.output_size.list(), 1, name, "output_size");
  return AdaptivePool{pool, name, o.output_size.list()};
}

}  // namespace

Module max_pool1d(MaxPoolOptions<1> o) { return local(Pool::max, "max_pool1d", o); }
Module max_pool2d(MaxPoolOptions<2> o) { return local(Pool::max, "max_pool2d", o); }
Module max_pool3d(MaxPoolOptions<3> o) { return local(Pool::max, "max_pool3d", o); }
Module average_pool1d(AveragePoolOptions<1> o) { return local(Pool::average, "average_pool1d", o); }
Module average_pool2d(AveragePoolOptions<2> o) { return local(Pool::average, "average_pool2d", o); }
Module average_pool3d(AveragePoolOptions<3> o) { return local(Pool::average, "average_pool3d", o); }

Module global_max_pool1d() { return GlobalPool{Pool::max, 1}; }
Module global_max_pool2d() { return GlobalPool{Pool::max, 2}; }
Module global_max_pool3d() { return GlobalPool{Pool::max, 3}; }
Module global_average_pool1d() { return GlobalPool{Pool::average, 1}; }
Module global_average_pool2d() { return GlobalPool{Pool::average, 2}; }
Module global_average_pool3d() { return GlobalPool{Pool::average, 3}; }

Module adaptive_max_pool1d(AdaptivePoolOptions<1> o) {
  return adaptive(Pool::max, "adaptive_max_pool1d", o);
}
Module adaptive_max_pool2d(AdaptivePoolOptions<2> o) {
  return adaptive(Pool::max, "adaptive_max_pool2d", o);
}
Module adaptive_max_pool3d(AdaptivePoolOptions<3> o) {
  return adaptive(Pool::max, "adaptive_max_pool3d", o);
}
Module adaptive_average_pool1d(AdaptivePoolOptions<1> o) {
  return adaptive(Pool::average, "adaptive_average_pool1d", o);
}
Module adaptive_average_pool2d(AdaptivePoolOptions<2> o) {
  return adaptive(Pool::average, "adaptive_average_pool2d", o);
}
Module adaptive_average_pool3d(AdaptivePoolOptions<3> o) {
  return adaptive(Pool::average, "adaptive_average_pool3d", o);
}

}  // namespace glia::nn
