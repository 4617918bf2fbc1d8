// Functions that are not ops themselves: operators, and short forms.
#include "glia/ops/ops.h"

#include <numeric>

#include "glia/base/format.h"

namespace glia {

Values call(const OpDef& op, Values inputs, Attributes attributes) {
  if (inputs.empty() || !inputs[0]) fail("E-IR-03", "[{}]: an input is empty", op.name);
  Graph& graph = inputs[0].graph();
  return graph.add(op, std::move(inputs), std::move(attributes));
}

namespace {
Value scalar_like(Value x, double v) { return x.graph().scalar(v, x.dtype()); }
std::vector<int> all_axes(Value x) {
  std::vector<int> axes(static_cast<std::size_t>(x.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}
}  // namespace

Value operator+(Value a, Value b) { return add(a, b); }
Value operator-(Value a, Value b) { return sub(a, b); }
Value operator*(Value a, Value b) { return mul(a, b); }
Value operator/(Value a, Value b) { return div(a, b); }
Value operator-(Value x) { return neg(x); }
Value operator+(Value a, double b) { return add(a, scalar_like(a, b)); }
Value operator-(Value a, double b) { return sub(a, scalar_like(a, b)); }
Value operator*(Value a, double b) { return mul(a, scalar_like(a, b)); }
Value operator/(Value a, double b) { return div(a, scalar_like(a, b)); }
Value operator+(double a, Value b) { return add(scalar_like(b, a), b); }
Value operator-(double a, Value b) { return sub(scalar_like(b, a), b); }
Value operator*(double a, Value b) { return mul(scalar_like(b, a), b); }
Value operator/(double a, Value b) { return div(scalar_like(b, a), b); }
Value maximum(Value a, double b) { return maximum(a, scalar_like(a, b)); }
Value minimum(Value a, double b) { return minimum(a, scalar_like(a, b)); }
Value greater(Value a, double b) { return greater(a, scalar_like(a, b)); }
Value less(Value a, Value b) { return greater(b, a); }
Value less_equal(Value a, Value b) { return greater_equal(b, a); }

// Of 0 and 1, `and` is the minimum, `or` the maximum.
namespace {
void expect_booleans(std::string_view name, const Values& xs) {
  for (const Value& x : xs)
    if (x.dtype() != DType::boolean)
      fail("E-DTYPE-03", "[{}] layer '{}': got {}, expected bool; compare it with something", name,
           x.graph().scope(), x.type().text());
}
}  // namespace
Value logical_and(Value a, Value b) {
  expect_booleans("logical_and", {a, b});
  return minimum(a, b);
}
Value logical_or(Value a, Value b) {
  expect_booleans("logical_or", {a, b});
  return maximum(a, b);
}
Value logical_not(Value a) {
  expect_booleans("logical_not", {a});
  return equal(a, zero_like(a));
}

Value zero_like(Value x) { return scalar_like(x, 0); }

Value reduce_sum(Value x) { return reduce_sum(x, all_axes(x)); }
Value reduce_mean(Value x) { return reduce_mean(x, all_axes(x)); }
Value reduce_mean(Value x, std::vector<int> axes, bool keep_dims) {
  const Value count = element_count(x, axes);
  return reduce_sum(x, std::move(axes), keep_dims) / count;
}

Value sum_to(Value x, Value like) {
  if (x.shape() == like.shape()) return x;
  std::vector<int> axes;
  const int extra = x.rank() - like.rank();
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (like.shape()[i - extra] == Dim(1) && !(x.shape()[i] == Dim(1))))
      axes.push_back(i);
  const Value sum = axes.empty() ? x : reduce_sum(x, axes);
  return sum.shape() == like.shape() ? sum : reshape(sum, like.shape());
}

}  // namespace glia
