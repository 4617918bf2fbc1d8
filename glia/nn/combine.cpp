#include "glia/nn/combine.h"

#include "glia/base/format.h"
#include "glia/nn/options.h"
#include "glia/ops/ops.h"

namespace glia::nn {
namespace {

void expect_inputs(const Values& xs, std::size_t least, std::size_t most, std::string_view layer) {
  if (xs.size() < least || xs.size() > most)
    fail("E-NN-02", "[{}] layer '{}' takes {}, and was given {}", layer, xs[0].graph().scope(),
         most == least ? "two inputs" : "two inputs or more", xs.size());
}

// Real where all inputs are.
Value with_masks_of(Value y, const Values& xs) {
  Graph& graph = y.graph();
  Value all;
  for (const Value& x : xs)
    if (const Value mask = graph.mask(x))
      all = all && !(all == mask) ? logical_and(all, mask) : mask;
  if (all) graph.set_mask(y, all);
  return y;
}

struct Merge {
  std::string name;
  Value (*combine)(Value a, Value b);
  static constexpr Masks masks = Masks::own;
  Value forward(const Values& xs) const {
    const bool two = name == "subtract";
    expect_inputs(xs, 2, two ? 2 : static_cast<std::size_t>(-1), name);
    Value y = xs[0];
    for (std::size_t i = 1; i < xs.size(); ++i) {
      if (xs[i].rank() != y.rank())
        fail("E-SHAPE-02", "[{}] layer '{}': got {} and {}, expected equally many axes", name,
             y.graph().scope(), y.shape().text(), xs[i].shape().text());
      y = combine(y, xs[i]);
    }
    if (name == "average") y = y / static_cast<double>(xs.size());
    return with_masks_of(y, xs);
  }
  std::string kind() const { return name; }
};

struct Concatenate {
  ConcatenateOptions o;
  static constexpr Masks masks = Masks::own;
  Value forward(const Values& xs) const {
    expect_inputs(xs, 2, static_cast<std::size_t>(-1), kind());
    const int rank = xs[0].rank();
    int axis = o.axis.value_or(feature_axis(rank));
    if (axis < 0) axis += rank;
    if (axis < 1 || axis >= rank)
      fail("E-SHAPE-08", "[concatenate] layer '{}': axis is {}, expected 1 to {} of {}",
           xs[0].graph().scope(), o.axis.value_or(axis), rank - 1, xs[0].shape().text());
    const Value y = glia::concatenate(xs, axis);
    if (axis > 1 || rank < 3) return with_masks_of(y, xs);
    for (const Value& x : xs) refuse_mask(x, kind(), "join sequences along their features");
    return y;
  }
  std::string kind() const { return "concatenate"; }
};

struct Dot {
  DotOptions o;
  Value forward(Value a, Value b) const {
    const Value left = last(a, o.axes[0]), right = last(b, o.axes[1]);
    if (!(left.dim(-1) == right.dim(-1)) || !(a.dim(0) == b.dim(0)))
      fail("E-SHAPE-03", "[dot] layer '{}': axis {} of {} and axis {} of {} are not equally long",
           a.graph().scope(), o.axes[0], a.shape().text(), o.axes[1], b.shape().text());
    const Dim n = a.dim(0), k = left.dim(-1);
    const auto rows = [&](Value v) {
      Dim count = 1;
      for (int i = 1; i < v.rank() - 1; ++i) count = count * v.dim(i);
      return glia::reshape(v, {n, count, k});
    };
    const Value y = batch_matmul(rows(left), rows(right), {.transpose_b = true});
    Shape shape{n};
    for (int i = 1; i < left.rank() - 1; ++i) shape.push_back(left.dim(i));
    for (int i = 1; i < right.rank() - 1; ++i) shape.push_back(right.dim(i));
    if (shape.rank() == 1) shape.push_back(1);
    return glia::reshape(y, shape);
  }
  std::string kind() const { return "dot"; }

 private:
  // With the axis that is summed over last, of length 1 where it is asked for.
  Value last(Value x, int axis) const {
    const int rank = x.rank(), at = axis < 0 ? axis + rank : axis;
    if (at < 1 || at >= rank)
      fail("E-SHAPE-08", "[dot] layer '{}': axis is {}, expected 1 to {} of {}", x.graph().scope(),
           axis, rank - 1, x.shape().text());
    std::vector<int> order;
    for (int i = 0; i < rank; ++i)
      if (i != at) order.push_back(i);
    order.push_back(at);
    const Value y = at == rank - 1 ? x : transpose(x, order);
    if (!o.normalize) return y;
    return y / glia::sqrt(glia::maximum(reduce_sum(square(y), {rank - 1}, true), 1e-12));
  }
};

struct Residual {
  Module layers, shortcut;
  bool direct;
  Activation activation;
  static constexpr Masks masks = Masks::own;
  Value forward(Value x) const {
    const Value inner = layers(x), around = direct ? x : shortcut(x);
    if (!(inner.shape() == around.shape()))
      fail("E-SHAPE-03",
           "[residual] layer '{}': its layers give {}, and {} {}; they must be equal: {}",
           x.graph().scope(), inner.shape().text(), direct ? "its input is" : "its shortcut gives",
           around.shape().text(),
           direct ? "give it a shortcut, such as a convolution with windows of 1 (rows: a dense)"
                  : "give both ends the same units or filters, and the same strides");
    return with_masks_of(activation.forward(inner + around), {inner, around});
  }
  std::string kind() const { return "residual"; }
};

struct Lambda {
  std::function<Value(Value)> function;
  std::string name;
  Value forward(Value x) const { return function(x); }
  std::string kind() const { return name; }
};

}  // namespace

Module add() { return Merge{"add", glia::add}; }
Module subtract() { return Merge{"subtract", glia::sub}; }
Module multiply() { return Merge{"multiply", glia::mul}; }
Module average() { return Merge{"average", glia::add}; }
Module maximum() {
  return Merge{"maximum", [](Value a, Value b) { return glia::maximum(a, b); }};
}
Module minimum() {
  return Merge{"minimum", [](Value a, Value b) { return glia::minimum(a, b); }};
}

Module concatenate(ConcatenateOptions o) { return Concatenate{o}; }
Module dot(DotOptions o) { return Dot{o}; }

Module residual(ResidualOptions o) {
  expect(!o.layers.empty(), "residual", "layers is empty: nothing would be added to the input");
  const bool direct = o.shortcut.empty();
  return Residual{sequential(std::move(o.layers), "layers"),
                  sequential(std::move(o.shortcut), "shortcut"), direct, o.activation};
}

Module lambda(std::function<Value(Value)> function, std::string name) {
  expect(static_cast<bool>(function), "lambda", "the function is empty");
  return Lambda{std::move(function), std::move(name)};
}

}  // namespace glia::nn
