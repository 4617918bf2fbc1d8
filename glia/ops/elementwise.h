// What elementwise ops share: the codes by which interpreters know them, and their shape rules.
#pragma once

#include "glia/ir/graph.h"

namespace glia {

// One step of an elementwise chain. Backends compute chains of these ("fused") with one kernel.
enum class Micro : std::uint8_t {
  copy,  // of one operand
  neg,
  exp,
  expm1,
  log,
  log1p,
  erf,
  sin,
  cos,
  sqrt,
  abs,
  square,
  power,  // `parameter` is the exponent
  floor,
  sign,
  tanh,
  sigmoid,
  relu,
  leaky_relu,
  softplus,
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  greater,
  greater_equal,
  equal,
  select,  // of three: condition, then, else
};
inline constexpr int kMicros = static_cast<int>(Micro::select) + 1;

int operands(Micro micro);  // 1, 2 or 3
std::string_view name_of(Micro micro);

// The value in double precision: what every kernel is held against. Unused operands are ignored;
// `parameter` is leaky_relu's slope, power's exponent. Booleans are 0 and 1.
double apply(Micro micro, double a, double b, double c, double parameter);

// A chain as the attributes of a "fused" node hold it: each step is four numbers, the code and
// three operands. An operand below `inputs` is that input; above, the result of step (operand -
// inputs); -1 is none. `parameters` has one number for each step.
struct MicroStep {
  Micro micro;
  int operand[3];
  double parameter;
};
std::vector<MicroStep> micro_steps(const Node& node);  // of a fused node, or of one elementwise op
std::vector<int> micro_results(const Node& node);      // which step each output is

// The shape of elementwise ops. Operands of one rank broadcast dimensions of 1, in both directions;
// an operand of lower rank is aligned at the end and must not be stretched against, so that
// [n, 1] + [n], which would quietly become [n, n], is an error: E-SHAPE-02.
Shape broadcast_shape(const Call& call);
std::vector<Type> infer_elementwise(const Call& call);  // one dtype for all: E-DTYPE-03
std::vector<Type> infer_comparison(const Call& call);   // the same, giving bool

}  // namespace glia
