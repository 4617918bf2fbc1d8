#include "glia/ops/slice.h"

#include <algorithm>

#include "glia/base/format.h"
#include "glia/ops/samples.h"

namespace glia {

using Ints = std::vector<std::int64_t>;

Ints steps_of(const Call& c) {
  Ints steps = c.attributes.integers("step");
  if (steps.empty()) steps.assign(static_cast<std::size_t>(c[0].rank()), 1);
  return steps;
}

void expect_within(const Call& c, const Shape& small, const Shape& large) {
  const Shape& from = c.attributes.shape("from");
  const Ints steps = steps_of(c);
  expect_plain(c, 0);
  if (small.rank() != large.rank() || from.rank() != large.rank() ||
      std::ssize(steps) != large.rank())
    fail("E-SHAPE-10", "{}: shapes {} and {}, the start {} and {} steps do not have the same rank",
         c.where(), small.text(), large.text(), from.text(), steps.size());
  for (int i = 0; i < large.rank(); ++i) {
    if (!small[i].known() || !large[i].known() || !from[i].known() || small[i] == Dim(0)) continue;
    const std::int64_t first = from[i].value();
    const std::int64_t last = first + (small[i].value() - 1) * steps[static_cast<std::size_t>(i)];
    if (std::min(first, last) < 0 || std::max(first, last) >= large[i].value())
      fail("E-SHAPE-10", "{}: axis {} has the places 0 to {}, and {} to {} are asked for",
           c.where(), i, large[i].value() - 1, first, last);
  }
}

namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& shape = c.attributes.shape("shape");
  expect_within(c, shape, c[0].shape());
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {pad(dy[0], c.attributes.shape("from"), c[0].shape(), c.attributes.integers("step"))};
}

Cost cost(const Call&) { return {}; }

Sample sample(std::string_view name, Shape x, Shape from, Shape shape, Ints step = {}) {
  return {name,
          {normal(std::move(x))},
          {{"from", std::move(from)}, {"shape", std::move(shape)}, {"step", std::move(step)}}};
}

// A place as Python counts it: from the end where it is negative.
Dim place(const Call& call, Dim size, std::int64_t at) {
  if (at == kEnd) return size;
  if (at >= 0 && (!size.known() || at <= size.value())) return {at};
  if (at < 0 && (!size.known() || -at <= size.value())) return size - Dim(-at);
  fail("E-SHAPE-10", "{}: place {} lies outside an axis of {}; expected {} to {}, or kEnd",
       call.where(), at, size.text(), -size.value(), size.value());
}

}  // namespace

const OpDef slice_def{
    .name = "slice",
    .doc =
        "Every step-th element from a place on: y[i] = x[from + i * step] along each axis. x: "
        "[...] "
        "-> shape.",
    .attributes = {{"from", Shape{}, true}, {"shape", Shape{}, true}, {"step", Ints{}}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .samples = {sample("rows", {5, 3}, {1, 0}, {2, 3}), sample("columns", {3, 7}, {0, 2}, {3, 4}),
                sample("steps", {3, 8}, {0, 1}, {3, 4}, {1, 2}),
                sample("backwards", {3, 4, 5}, {0, 3, 0}, {3, 4, 5}, {1, -1, 1}),
                sample("box", {4, 5, 6}, {1, 4, 2}, {3, 2, 2}, {1, -3, 2}),
                sample("whole", {2, 3}, {0, 0}, {2, 3}), sample("empty", {4, 3}, {4, 0}, {0, 3})},
};

Value slice(Value x, Shape from, Shape shape, Ints step) {
  return call(
      slice_def, {x},
      {{"from", std::move(from)}, {"shape", std::move(shape)}, {"step", std::move(step)}})[0];
}

Value slice(Value x, int axis, std::int64_t from, std::int64_t to, std::int64_t step) {
  const int a = static_cast<int>(normal_axes(slice_def, x, {axis})[0]);
  const Attributes none;
  const Call here{slice_def, {&x, 1}, none, x.graph().scope()};
  if (step < 1)
    fail("E-SHAPE-10", "{}: got step {}, expected at least 1; reverse() turns an axis round",
         here.where(), step);
  const Dim first = place(here, x.dim(a), from), last = place(here, x.dim(a), to);
  Shape shape = x.shape(), start(std::vector<Dim>(static_cast<std::size_t>(x.rank())));
  const bool nothing = first.known() && last.known() && last.value() <= first.value();
  shape[a] = nothing ? Dim(0) : (last - first + Dim(step - 1)) / Dim(step);
  start[a] = first;
  if (shape == x.shape() && step == 1) return x;
  Ints steps;
  if (step != 1) {
    steps.assign(static_cast<std::size_t>(x.rank()), 1);
    steps[static_cast<std::size_t>(a)] = step;
  }
  return slice(x, std::move(start), std::move(shape), std::move(steps));
}

Value reverse(Value x, int axis) {
  const int a = static_cast<int>(normal_axes(slice_def, x, {axis})[0]);
  if (x.dim(a) == Dim(0) || x.dim(a) == Dim(1)) return x;
  Shape start(std::vector<Dim>(static_cast<std::size_t>(x.rank())));
  start[a] = x.dim(a) - Dim(1);
  Ints steps(static_cast<std::size_t>(x.rank()), 1);
  steps[static_cast<std::size_t>(a)] = -1;
  return slice(x, std::move(start), x.shape(), std::move(steps));
}

}  // namespace glia
