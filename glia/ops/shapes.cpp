#include "glia/ops/shapes.h"

#include <algorithm>

#include "glia/base/format.h"

namespace glia {

int normal_axis(const Call& call, std::int64_t axis) {
  const int rank = call[0].rank();
  if (axis < -rank || axis >= rank)
    fail("E-SHAPE-08", "{}: got axis {}, but the shape is {}; expected {} to {}", call.where(),
         axis, call[0].shape().text(), -rank, rank - 1);
  return static_cast<int>(axis < 0 ? axis + rank : axis);
}

std::vector<std::int64_t> normal_axes(const OpDef& op, Value x, const std::vector<int>& axes) {
  const Attributes none;
  const Call call{op, {&x, 1}, none, x.graph().scope()};
  std::vector<std::int64_t> normal;
  for (const int axis : axes) normal.push_back(normal_axis(call, axis));
  std::sort(normal.begin(), normal.end());
  normal.erase(std::unique(normal.begin(), normal.end()), normal.end());
  return normal;
}

Shape kept_shape(const Call& call) {
  Shape shape = call[0].shape();
  for (const auto axis : call.attributes.integers("axes")) shape[normal_axis(call, axis)] = 1;
  return shape;
}

std::vector<Type> infer_reduce(const Call& call) {
  // The sum over all but the channels of images is the same walk over memory in every layout.
  const bool per_channel = call.attributes.integers("axes") == std::vector<std::int64_t>{0, 2, 3};
  if (!per_channel || call.attributes.flag("keep_dims")) expect_plain(call, 0);
  const Shape kept = kept_shape(call);
  if (call.attributes.flag("keep_dims")) return {{call[0].dtype(), kept}};
  std::vector<bool> gone(static_cast<std::size_t>(kept.rank()), false);
  for (const auto axis : call.attributes.integers("axes"))
    gone[static_cast<std::size_t>(normal_axis(call, axis))] = true;
  Shape shape;
  for (int i = 0; i < kept.rank(); ++i)
    if (!gone[static_cast<std::size_t>(i)]) shape.push_back(kept[i]);
  return {{call[0].dtype(), shape}};
}

Cost cost_of_input(const Call& call) {
  return {static_cast<double>(call[0].shape().elements()), 0};
}

void expect_plain(const Call& call, int i) {
  if (call[i].type().layout != Layout::plain)
    fail("E-IR-08", "{}: input {} has layout {}, expected plain; put a reorder before it",
         call.where(), i, name_of(call[i].type().layout));
}

void expect_floating(const Call& call, int i) {
  if (!is_floating(call[i].dtype()) || call[i].dtype() == DType::bf16)
    fail("E-DTYPE-03", "{}: input {} is {}, expected f32 or f64; convert it with cast",
         call.where(), i, call[i].type().text());
}

void expect_same_dtype(const Call& call, int first, int last) {
  for (int i = first + 1; i <= last; ++i)
    if (call[i].dtype() != call[first].dtype())
      fail("E-DTYPE-03", "{}: got {} and {}; convert one with cast", call.where(),
           call[first].type().text(), call[i].type().text());
}

DType product_dtype(const Call& call) {
  expect_same_dtype(call, 0, 1);
  if (call[0].dtype() == DType::bf16) return DType::f32;
  expect_floating(call, 0);
  return call[0].dtype();
}

void expect_shape(const Call& call, int i, const Shape& shape, std::string_view what) {
  if (!(call[i].shape() == shape))
    fail("E-SHAPE-03", "{}: {} has shape {}, expected {}", call.where(), what,
         call[i].shape().text(), shape.text());
}

void expect_rank(const Call& call, int i, int rank, std::string_view hint) {
  if (call[i].rank() != rank)
    fail("E-SHAPE-01", "{}: got shape {}, expected {} dimensions; {}", call.where(),
         call[i].shape().text(), rank, hint);
}

void expect_dtype(const Call& call, int i, DType dtype) {
  if (call[i].dtype() != dtype)
    fail("E-DTYPE-03", "{}: input {} is {}, expected {}", call.where(), i, name_of(call[i].dtype()),
         name_of(dtype));
}

std::array<Dim, 2> slide(const Call& call, const Shape& x, const std::vector<std::int64_t>& window,
                         const std::vector<std::int64_t>& stride,
                         const std::vector<std::int64_t>& padding,
                         const std::vector<std::int64_t>& dilation) {
  std::array<Dim, 2> result{Dim(0), Dim(0)};
  std::array<std::int64_t, 2> reach{};
  for (std::size_t i = 0; i < 2; ++i) reach[i] = dilation[i] * (window[i] - 1) + 1;
  for (std::size_t i = 0; i < 2; ++i) {
    const Dim size = x[static_cast<int>(i) + 2];
    const std::int64_t more = padding[2 * i] + padding[2 * i + 1];
    if (size.known() && size.value() + more < reach[i])
      fail(
          "E-SHAPE-04",
          "{}: a window of {} x {} does not fit into images {} with padding {} (top, bottom, left, "
          "right); take a smaller window, more padding or less pooling before it",
          call.where(), reach[0], reach[1], x.text(), padding);
    result[i] = size.known() ? Dim((size.value() + more - reach[i]) / stride[i] + 1)
                             : (size + Dim(more) - Dim(reach[i])) / Dim(stride[i]) + Dim(1);
  }
  return result;
}

}  // namespace glia
