#include "glia/nn/options.h"

#include <algorithm>
#include <cmath>

#include "glia/base/format.h"
#include "glia/ops/ops.h"

namespace glia::nn {

void expect(bool good, std::string_view layer, std::string_view what) {
  if (!good) fail("E-OPTION-01", "[{}] {}", layer, what);
}

void expect_finite(double number, std::string_view layer, std::string_view option) {
  expect(std::isfinite(number), layer, fmt::format("{} is {}, expected a number", option, number));
}

void expect_at_least_0(double number, std::string_view layer, std::string_view option) {
  expect(number >= 0 && std::isfinite(number), layer,
         fmt::format("{} is {}, expected at least 0", option, number));
}

bool in_range(std::int64_t size, std::int64_t least, std::int64_t most) {
  return size >= least && size <= most;
}

void expect_in_range(const std::vector<std::int64_t>& sizes, std::int64_t least,
                     std::string_view layer, std::string_view option, std::int64_t most) {
  for (const std::int64_t size : sizes)
    expect(
        in_range(size, least, most), layer,
        fmt::format("{} is {}, expected at least {}, and at most {}", option, size, least, most));
}

void expect_features(Value x, int axis, std::string_view layer) {
  if (x.dim(axis) == Dim(0))
    fail("E-NN-07", "[{}] layer '{}': axis {} of the input {} has no features", layer,
         x.graph().scope(), axis, x.shape().text());
}

int feature_axis(int rank) { return rank <= 3 ? rank - 1 : 1; }

void expect_spatial(Value x, int spatial, std::string_view layer) {
  constexpr std::string_view expected[] = {"[N, F]", "[N, T, F]", "[N, C, H, W]",
                                           "[N, C, D, H, W]"};
  if (x.rank() != spatial + 2)
    fail("E-SHAPE-01", "[{}] layer '{}': got input of shape {}, expected {}{}", layer,
         x.graph().scope(), x.shape().text(), expected[spatial],
         x.rank() < spatial + 2 ? "; a reshape before it gives its rows more axes" : "");
}

Value features_first(Value x) { return x.rank() == 3 ? transpose(x, {0, 2, 1}) : x; }
Value features_last(Value x) { return features_first(x); }

void refuse_mask(Value x, std::string_view layer, std::string_view hint) {
  if (x.graph().mask(x))
    fail("E-NN-02", "[{}] layer '{}': the padding of its input {} would change the result; {}",
         layer, x.graph().scope(), x.shape().text(), hint);
}

void Window::check(std::string_view layer) const {
  const std::size_t axes = size.size();
  expect_in_range(size, 1, layer, "the window");
  expect_in_range(stride, 1, layer, "stride");
  expect_in_range(dilation, 1, layer, "dilation");
  expect(in_range(padding.amount, 0), layer,
         fmt::format("padding is {}, expected at least 0, and at most 65536", padding.amount));
  expect_in_range(padding.sides, 0, layer, "padding");
  expect(padding.kind != Padding::Kind::causal || axes == 1, layer,
         "padding 'causal' is for sequences: images and volumes have no before and after");
  expect(padding.kind != Padding::Kind::sides || padding.sides.size() == axes ||
             padding.sides.size() == 2 * axes,
         layer,
         fmt::format("padding has {} numbers, expected {} (one for each axis) or {} (before and "
                     "after)",
                     padding.sides.size(), axes, 2 * axes));
}

std::vector<std::int64_t> Window::given_padding() const {
  std::vector<std::int64_t> around(2 * size.size(), 0);
  if (padding.kind == Padding::Kind::amount)
    std::fill(around.begin(), around.end(), padding.amount);
  if (padding.kind == Padding::Kind::causal) around[0] = reach(0) - 1;
  if (padding.kind == Padding::Kind::sides) {
    const bool each = padding.sides.size() == size.size();
    for (std::size_t i = 0; i < around.size(); ++i) around[i] = padding.sides[each ? i / 2 : i];
  }
  return around;
}

std::vector<std::int64_t> Window::padding_of(Value x, std::string_view layer) const {
  const std::size_t axes = size.size();
  std::vector<std::int64_t> around = given_padding();
  for (std::size_t i = 0; i < axes && padding.kind == Padding::Kind::same; ++i) {
    const Dim length = x.dim(static_cast<int>(i) + 2);
    std::int64_t total = reach(i) - 1;
    if (stride[i] != 1) {
      if (!length.known())
        fail("E-SHAPE-09",
             "[{}] layer '{}': padding 'same' under a stride of {} depends on the size, and axis "
             "{} of {} is not known; give the padding as a number, or as 'causal'",
             layer, x.graph().scope(), stride[i], i + 2, x.shape().text());
      const std::int64_t places = (length.value() + stride[i] - 1) / stride[i];
      total = std::max<std::int64_t>((places - 1) * stride[i] + reach(i) - length.value(), 0);
    }
    around[2 * i] = total / 2;
    around[2 * i + 1] = total - total / 2;
  }
  for (std::size_t i = 0; i < axes; ++i) {
    const Dim length = x.dim(static_cast<int>(i) + 2);
    if (!length.known() || length.value() + around[2 * i] + around[2 * i + 1] >= reach(i)) continue;
    std::vector<std::int64_t> all;
    for (std::size_t k = 0; k < axes; ++k) all.push_back(reach(k));
    fail("E-SHAPE-04",
         "[{}] layer '{}': a window of {} does not fit into {} with padding {} (before and after "
         "each axis); take a smaller window, more padding or less pooling before it",
         layer, x.graph().scope(), fmt::join(all, " x "), x.shape().text(), around);
  }
  return around;
}

}  // namespace glia::nn
