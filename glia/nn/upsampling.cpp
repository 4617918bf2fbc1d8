#include "glia/nn/upsampling.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/spatial.h"

namespace glia::nn {
namespace {

struct Upsampling {
  std::string name;
  std::vector<std::int64_t> factors, sizes;
  Interpolation interpolation;
  bool align_corners;

  Value forward(Value x) const {
    expect_spatial(x, static_cast<int>(factors.size()), name);
    Value y = features_first(x);
    if (sizes[0] == 0 && interpolation == Interpolation::nearest) {
      for (std::size_t i = 0; i < factors.size(); ++i)
        y = repeat(y, static_cast<int>(i) + 2, factors[i]);
      return features_last(y);
    }
    std::vector<std::int64_t> to = sizes;
    for (std::size_t i = 0; i < to.size(); ++i) {
      const Dim length = y.dim(static_cast<int>(i) + 2);
      if (!length.known() || length == Dim(0))
        fail("E-SHAPE-09", "[{}] layer '{}': its places need known sizes above 0, got {}", name,
             x.graph().scope(), x.shape().text());
      if (to[i] == 0) to[i] = length.value() * factors[i];
    }
    return features_last(resize(y, to, interpolation, align_corners));
  }
  std::string kind() const { return name; }
};

template <std::size_t Rank>
Module made(const char* name, const UpsamplingOptions<Rank>& o) {
  constexpr std::string_view word = Rank == 1 ? "linear" : Rank == 2 ? "bilinear" : "trilinear";
  const bool linear = o.interpolation == "linear" || o.interpolation == word;
  expect(linear || o.interpolation == "nearest", name,
         fmt::format("interpolation is '{}', expected nearest or {}", o.interpolation, word));
  expect(linear || !o.align_corners, name,
         fmt::format("align_corners has a meaning for interpolation '{}' only", word));
  expect_in_range(o.size.list(), 1, name, "size");
  const auto sizes = o.output_size.list();
  expect_in_range(sizes, 0, name, "output_size");
  for (const std::int64_t size : sizes)
    expect((size == 0) == (sizes[0] == 0), name, "output_size must be given for every axis");
  return Upsampling{name, o.size.list(), sizes,
                    linear ? Interpolation::linear : Interpolation::nearest, o.align_corners};
}

}  // namespace

Module upsampling1d(UpsamplingOptions<1> o) { return made("upsampling1d", o); }
Module upsampling2d(UpsamplingOptions<2> o) { return made("upsampling2d", o); }
Module upsampling3d(UpsamplingOptions<3> o) { return made("upsampling3d", o); }

}  // namespace glia::nn
