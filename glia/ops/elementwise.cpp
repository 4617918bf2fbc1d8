#include "glia/ops/elementwise.h"

#include <cassert>
#include <cmath>

#include "glia/base/format.h"

namespace glia {

int operands(Micro micro) {
  if (micro == Micro::select) return 3;
  return micro >= Micro::add ? 2 : 1;
}

std::string_view name_of(Micro micro) {
  static constexpr std::string_view kNames[kMicros] = {
      "copy",    "neg",     "exp",        "expm1",         "log",   "log1p", "erf",  "sin",
      "cos",     "sqrt",    "abs",        "square",        "power", "floor", "sign", "tanh",
      "sigmoid", "relu",    "leaky_relu", "softplus",      "add",   "sub",   "mul",  "div",
      "maximum", "minimum", "greater",    "greater_equal", "equal", "select"};
  return kNames[static_cast<int>(micro)];
}

double apply(Micro micro, double a, double b, double c, double parameter) {
  switch (micro) {
    case Micro::copy:
      return a;
    case Micro::neg:
      return -a;
    case Micro::exp:
      return std::exp(a);
    case Micro::expm1:
      return std::expm1(a);
    case Micro::log:
      return std::log(a);
    case Micro::log1p:
      return std::log1p(a);
    case Micro::erf:
      return std::erf(a);
    case Micro::sin:
      return std::sin(a);
    case Micro::cos:
      return std::cos(a);
    case Micro::sqrt:
      return std::sqrt(a);
    case Micro::abs:
      return std::fabs(a);
    case Micro::square:
      return a * a;
    case Micro::power:
      return std::pow(a, parameter);
    case Micro::floor:
      return std::floor(a);
    case Micro::sign:
      return std::isnan(a) ? a : (a > 0) - (a < 0);
    case Micro::tanh:
      return std::tanh(a);
    case Micro::sigmoid:
      return a >= 0 ? 1 / (1 + std::exp(-a)) : std::exp(a) / (1 + std::exp(a));
    case Micro::relu:
      return std::isnan(a) ? a : (a > 0 ? a : 0);
    case Micro::leaky_relu:
      return std::isnan(a) ? a : (a > 0 ? a : parameter * a);
    case Micro::softplus:
      return std::isnan(a) ? a : std::fmax(a, 0) + std::log1p(std::exp(-std::fabs(a)));
    case Micro::add:
      return a + b;
    case Micro::sub:
      return a - b;
    case Micro::mul:
      return a * b;
    case Micro::div:
      return a / b;
    case Micro::maximum:
      return std::isnan(a) || std::isnan(b) ? NAN : (a >= b ? a : b);
    case Micro::minimum:
      return std::isnan(a) || std::isnan(b) ? NAN : (a <= b ? a : b);
    case Micro::greater:
      return a > b;
    case Micro::greater_equal:
      return a >= b;
    case Micro::equal:
      return a == b;
    case Micro::select:
      return a != 0 ? b : c;
  }
  return NAN;
}

std::vector<MicroStep> micro_steps(const Node& node) {
  if (node.op->elementwise) {
    MicroStep step{node.op->micro, {0, -1, -1}, 0};
    for (int i = 0; i < static_cast<int>(node.inputs.size()); ++i) step.operand[i] = i;
    for (const auto* name : {"slope", "exponent"})
      if (node.attributes.has(name)) step.parameter = node.attributes.real(name);
    return {step};
  }
  const auto& codes = node.attributes.integers("steps");
  const auto parameters = node.attributes.tensor("parameters").data<double>();
  std::vector<MicroStep> steps;
  for (std::size_t i = 0; i + 3 < codes.size(); i += 4)
    steps.push_back({static_cast<Micro>(codes[i]),
                     {static_cast<int>(codes[i + 1]), static_cast<int>(codes[i + 2]),
                      static_cast<int>(codes[i + 3])},
                     parameters[i / 4]});
  return steps;
}

std::vector<int> micro_results(const Node& node) {
  if (node.op->elementwise) return {0};
  std::vector<int> results;
  for (const auto r : node.attributes.integers("results")) results.push_back(static_cast<int>(r));
  return results;
}

namespace {

[[noreturn]] void cannot_broadcast(const Call& call, const Shape& a, const Shape& b) {
  const bool column = a.rank() != b.rank() && !(a.rank() == 0 || b.rank() == 0);
  fail("E-SHAPE-02", "{}: shapes {} and {} do not fit together; {}", call.where(), a.text(),
       b.text(),
       column ? "the one of lower rank would be stretched in a way that is rarely meant: "
                "reshape it, or flatten the other"
              : "each dimension must be equal, or 1 in one of them");
}

// `low` has the lower rank: its dimensions must be the last of `high`'s.
void expect_aligned(const Call& call, const Shape& high, const Shape& low) {
  for (int i = 0; i < low.rank(); ++i) {
    const Dim l = low[i], h = high[high.rank() - low.rank() + i];
    if (!(l == h) && !(l == Dim(1))) cannot_broadcast(call, high, low);
  }
}

Shape broadcast_pair(const Call& call, const Shape& a, const Shape& b) {
  if (a.rank() != b.rank()) {
    const Shape& high = a.rank() > b.rank() ? a : b;
    expect_aligned(call, high, a.rank() > b.rank() ? b : a);
    return high;
  }
  Shape shape;
  for (int i = 0; i < a.rank(); ++i) {
    if (!(a[i] == b[i]) && !(a[i] == Dim(1)) && !(b[i] == Dim(1))) cannot_broadcast(call, a, b);
    shape.push_back(a[i] == Dim(1) ? b[i] : a[i]);
  }
  return shape;
}

Layout common_layout(const Call& call, const Shape& shape) {
  Layout layout = Layout::plain;
  for (const auto& v : call.in)
    if (v.shape() == shape && v.type().layout != Layout::plain) layout = v.type().layout;
  for (const auto& v : call.in)
    if (v.rank() == 4 && v.shape() == shape && v.type().layout != layout)
      fail("E-IR-08", "{}: inputs have the layouts {} and {}", call.where(), name_of(layout),
           name_of(v.type().layout));
  return layout;
}

}  // namespace

Shape broadcast_shape(const Call& call) {
  Shape shape = call[0].shape();
  for (int i = 1; i < call.inputs(); ++i) shape = broadcast_pair(call, shape, call[i].shape());
  return shape;
}

std::vector<Type> infer_elementwise(const Call& call) {
  const bool select = call.op.elementwise && call.op.micro == Micro::select;
  const int first = select ? 1 : 0;
  if (select && call[0].dtype() != DType::boolean)
    fail("E-DTYPE-03", "{}: the condition is {}, expected bool", call.where(),
         name_of(call[0].dtype()));
  for (int i = first + 1; i < call.inputs(); ++i)
    if (call[i].dtype() != call[first].dtype())
      fail("E-DTYPE-03", "{}: got {} and {}; convert one with cast", call.where(),
           name_of(call[first].dtype()), name_of(call[i].dtype()));
  if (call[first].dtype() == DType::bf16)
    fail("E-DTYPE-03",
         "{}: got bf16, which is for operands of products; convert it to f32 with cast",
         call.where());
  const Shape shape = broadcast_shape(call);
  return {{call[first].dtype(), shape, common_layout(call, shape)}};
}

std::vector<Type> infer_comparison(const Call& call) {
  auto types = infer_elementwise(call);
  types[0].dtype = DType::boolean;
  return types;
}

}  // namespace glia
