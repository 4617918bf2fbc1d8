#include "glia/nn/shaping.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

// x: [N, ...] with at least one axis after the batch.
void expect_items(Value x, std::string_view layer) {
  if (x.rank() < 2)
    fail("E-SHAPE-01", "[{}] layer '{}': got shape {}, expected [N, ...]", layer, x.graph().scope(),
         x.shape().text());
}

Dim size_of_item(Value x) {
  Dim size = 1;
  for (int i = 1; i < x.rank(); ++i) size = size * x.dim(i);
  return size;
}

struct Flatten {
  Value forward(Value x) const {
    expect_items(x, kind());
    return glia::reshape(x, {x.dim(0), size_of_item(x)});
  }
  std::string kind() const { return "flatten"; }
};

struct Reshape {
  std::vector<std::int64_t> target;
  Value forward(Value x) const {
    expect_items(x, kind());
    const Dim item = size_of_item(x);
    Dim named = 1;
    for (const std::int64_t size : target)
      if (size != -1) named = named * Dim(size);
    Shape shape{x.dim(0)};
    for (const std::int64_t size : target)
      shape.push_back(size != -1 ? Dim(size) : named == Dim(0) ? Dim(0) : item / named);
    Dim product = 1;
    for (int i = 1; i < shape.rank(); ++i) product = product * shape[i];
    if (!(product == item))
      fail("E-SHAPE-07", "[reshape] layer '{}': cannot see {} as {}: an item has {} elements",
           x.graph().scope(), x.shape().text(), shape.text(), item.text());
    return glia::reshape(x, shape);
  }
  std::string kind() const { return "reshape"; }
};

struct Permute {
  std::vector<std::int64_t> dims;
  Value forward(Value x) const {
    if (x.rank() != static_cast<int>(dims.size()) + 1)
      fail("E-SHAPE-01", "[permute] layer '{}': got shape {}, expected {} axes after the batch",
           x.graph().scope(), x.shape().text(), dims.size());
    std::vector<int> permutation{0};
    for (const std::int64_t axis : dims) permutation.push_back(static_cast<int>(axis));
    return transpose(x, permutation);
  }
  std::string kind() const { return "permute"; }
};

struct RepeatVector {
  std::int64_t n;
  Value forward(Value x) const {
    if (x.rank() != 2)
      fail("E-SHAPE-01", "[repeat_vector] layer '{}': got shape {}, expected [N, F]",
           x.graph().scope(), x.shape().text());
    return broadcast_to(glia::reshape(x, {x.dim(0), 1, x.dim(1)}), {x.dim(0), n, x.dim(1)});
  }
  std::string kind() const { return "repeat_vector"; }
};

// The axis of `rank` that is meant, which is not the batch's.
int item_axis(Value x, int axis, int rank, std::string_view layer) {
  const int at = axis < 0 ? axis + rank : axis;
  if (at < 1 || at >= rank)
    fail("E-SHAPE-08", "[{}] layer '{}': axis is {}, expected 1 to {} (or {} to -1) for {}", layer,
         x.graph().scope(), axis, rank - 1, 1 - rank, x.shape().text());
  return at;
}

struct Squeeze {
  int axis;
  Value forward(Value x) const {
    const int at = item_axis(x, axis, x.rank(), kind());
    if (!(x.dim(at) == Dim(1)))
      fail("E-SHAPE-07", "[squeeze] layer '{}': axis {} of {} is not 1", x.graph().scope(), axis,
           x.shape().text());
    Shape shape;
    for (int i = 0; i < x.rank(); ++i)
      if (i != at) shape.push_back(x.dim(i));
    return glia::reshape(x, shape);
  }
  std::string kind() const { return "squeeze"; }
};

struct ExpandDims {
  int axis;
  Value forward(Value x) const {
    const int at = item_axis(x, axis, x.rank() + 1, kind());
    Shape shape;
    for (int i = 0; i <= x.rank(); ++i)
      shape.push_back(i == at ? Dim(1) : x.dim(i < at ? i : i - 1));
    return glia::reshape(x, shape);
  }
  std::string kind() const { return "expand_dims"; }
};

using Sides = std::vector<std::array<std::int64_t, 2>>;

// The axis of the i-th side: places come after the features, but of sequences before.
int side_axis(const Sides& sides, std::size_t i) {
  return sides.size() == 1 ? 1 : static_cast<int>(i) + 2;
}

struct ZeroPadding {
  std::string name;
  Sides sides;
  Value forward(Value x) const {
    expect_spatial(x, static_cast<int>(sides.size()), name);
    std::vector<std::pair<std::int64_t, std::int64_t>> amounts(static_cast<std::size_t>(x.rank()));
    for (std::size_t i = 0; i < sides.size(); ++i)
      amounts[static_cast<std::size_t>(side_axis(sides, i))] = {sides[i][0], sides[i][1]};
    return pad(x, amounts);
  }
  std::string kind() const { return name; }
};

struct Cropping {
  std::string name;
  Sides sides;
  Value forward(Value x) const {
    expect_spatial(x, static_cast<int>(sides.size()), name);
    Value y = x;
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const int axis = side_axis(sides, i);
      const auto [before, after] = sides[i];
      if (const Dim size = x.dim(axis); size.known() && before + after >= size.value())
        fail("E-SHAPE-10", "[{}] layer '{}': {} and {} places taken off axis {} of {} leave none",
             name, x.graph().scope(), before, after, axis, x.shape().text());
      y = slice(y, axis, before, after == 0 ? kEnd : -after);
    }
    return y;
  }
  std::string kind() const { return name; }
};

template <class Layer, std::size_t Rank>
Module by_sides(const char* name, const SidesOptions<Rank>& o) {
  for (const auto& [before, after] : o.sides)
    expect(
        in_range(before, 0) && in_range(after, 0), name,
        fmt::format("sides of {} and {}, expected at least 0, and at most 65536", before, after));
  return Layer{name, Sides(o.sides.begin(), o.sides.end())};
}

}  // namespace

Module flatten() { return Flatten{}; }

Module reshape(ReshapeOptions o) {
  for (const std::int64_t size : o.target_shape)
    expect(size >= -1, "reshape", fmt::format("target_shape has {}, expected -1 or a size", size));
  expect(std::count(o.target_shape.begin(), o.target_shape.end(), -1) <= 1, "reshape",
         "target_shape has -1 more than once: only one size can be what is left");
  return Reshape{std::move(o.target_shape)};
}

Module permute(PermuteOptions o) {
  auto sorted = o.dims;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    expect(sorted[i] == static_cast<std::int64_t>(i) + 1, "permute",
           fmt::format("dims is {}, expected the axes 1 to {}, each once", o.dims, o.dims.size()));
  return Permute{std::move(o.dims)};
}

Module repeat_vector(RepeatVectorOptions o) {
  expect_in_range({o.n}, 1, "repeat_vector", "n");
  return RepeatVector{o.n};
}

Module squeeze(AxisOptions o) { return Squeeze{o.axis}; }
Module expand_dims(AxisOptions o) { return ExpandDims{o.axis}; }

Module zero_padding1d(SidesOptions<1> o) { return by_sides<ZeroPadding>("zero_padding1d", o); }
Module zero_padding2d(SidesOptions<2> o) { return by_sides<ZeroPadding>("zero_padding2d", o); }
Module zero_padding3d(SidesOptions<3> o) { return by_sides<ZeroPadding>("zero_padding3d", o); }
Module cropping1d(SidesOptions<1> o) { return by_sides<Cropping>("cropping1d", o); }
Module cropping2d(SidesOptions<2> o) { return by_sides<Cropping>("cropping2d", o); }
Module cropping3d(SidesOptions<3> o) { return by_sides<Cropping>("cropping3d", o); }

}  // namespace glia::nn
