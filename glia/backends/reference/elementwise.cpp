#include "glia/ops/elementwise.h"

#include <cmath>

#include "glia/backends/reference/kernels.h"

namespace glia::naive {

Broadcast::Broadcast(const std::vector<std::int64_t>& from, std::vector<std::int64_t> to)
    : sizes_(std::move(to)), strides_(sizes_.size(), 0) {
  std::int64_t stride = 1;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    const std::int64_t size = from[from.size() - i];
    if (size != 1) strides_[sizes_.size() - i] = stride;
    stride *= size;
  }
}

std::int64_t Broadcast::operator()(std::int64_t i) const {
  std::int64_t at = 0;
  for (std::size_t axis = sizes_.size(); axis-- > 0; i /= sizes_[axis])
    at += i % sizes_[axis] * strides_[axis];
  return at;
}

namespace {

// One number on its way through a chain; which of the two holds it is known before.
struct Number {
  double real = 0;
  std::int64_t whole = 0;
};

bool is_comparison(Micro micro) {
  return micro == Micro::greater || micro == Micro::greater_equal || micro == Micro::equal;
}

// Arithmetic on whole numbers wraps around; division cuts towards zero, and by zero gives zero.
// `result` is false where only the double formula exists.
std::int64_t apply_whole(Micro micro, std::int64_t a, std::int64_t b, bool& result) {
  const auto ua = static_cast<std::uint64_t>(a), ub = static_cast<std::uint64_t>(b);
  result = true;
  switch (micro) {
    case Micro::copy:
    case Micro::floor:
      return a;
    case Micro::neg:
      return static_cast<std::int64_t>(0 - ua);
    case Micro::abs:
      return a < 0 ? static_cast<std::int64_t>(0 - ua) : a;
    case Micro::square:
      return static_cast<std::int64_t>(ua * ua);
    case Micro::sign:
      return (a > 0) - (a < 0);
    case Micro::relu:
    case Micro::maximum:
      return a > b ? a : b;  // relu: b is 0
    case Micro::minimum:
      return a < b ? a : b;
    case Micro::add:
      return static_cast<std::int64_t>(ua + ub);
    case Micro::sub:
      return static_cast<std::int64_t>(ua - ub);
    case Micro::mul:
      return static_cast<std::int64_t>(ua * ub);
    case Micro::div:
      if (b == 0) return 0;
      return b == -1 ? static_cast<std::int64_t>(0 - ua) : a / b;
    case Micro::greater:
      return a > b;
    case Micro::greater_equal:
      return a >= b;
    case Micro::equal:
      return a == b;
    default:
      result = false;
      return 0;
  }
}

// A chain over numbered slots: first the inputs, then each step's result.
class Chain {
 public:
  Chain(const Node& node, const Arrays& in) : steps_(micro_steps(node)), slots_(in.size()) {
    for (const auto& array : in) dtypes_.push_back(array.dtype);
    // A step has the dtype of its numbers; a comparison gives booleans.
    for (const auto& step : steps_) {
      const int number = step.micro == Micro::select ? step.operand[1] : step.operand[0];
      dtypes_.push_back(is_comparison(step.micro) ? DType::boolean
                                                  : dtypes_[static_cast<std::size_t>(number)]);
    }
    slots_.resize(dtypes_.size());
  }

  void input(std::size_t i, const Array& from, std::int64_t at) {
    const auto k = static_cast<std::size_t>(at);
    if (is_whole(from.dtype))
      slots_[i].whole = from.whole[k];
    else
      slots_[i].real = from.values[k];
  }

  void run() {
    const std::size_t inputs = slots_.size() - steps_.size();
    for (std::size_t i = 0; i < steps_.size(); ++i)
      slots_[inputs + i] = compute(steps_[i], dtypes_[inputs + i]);
  }

  void result(std::size_t step, Array& to, std::int64_t at) const {
    const auto k = static_cast<std::size_t>(at);
    const Number& number = slots_[slots_.size() - steps_.size() + step];
    if (is_whole(to.dtype))
      to.whole[k] = number.whole;
    else
      to.values[k] = number.real;
  }

 private:
  double real(int operand) const {
    if (operand < 0) return 0;
    const auto i = static_cast<std::size_t>(operand);
    return is_whole(dtypes_[i]) ? static_cast<double>(slots_[i].whole) : slots_[i].real;
  }
  std::int64_t whole(int operand) const {
    return operand < 0 ? 0 : slots_[static_cast<std::size_t>(operand)].whole;
  }

  Number compute(const MicroStep& step, DType dtype) const {
    const auto& operand = step.operand;
    if (step.micro == Micro::select)
      return slots_[static_cast<std::size_t>(real(operand[0]) != 0 ? operand[1] : operand[2])];
    if (is_whole(dtypes_[static_cast<std::size_t>(operand[0])])) {
      bool done = false;
      const auto v = apply_whole(step.micro, whole(operand[0]), whole(operand[1]), done);
      if (done && dtype == DType::boolean) return {static_cast<double>(v), v};
      if (done) return {0, wrap(dtype, v)};
    }
    const double v = apply(step.micro, real(operand[0]), real(operand[1]), 0, step.parameter);
    if (dtype == DType::boolean) return {v != 0 ? 1.0 : 0.0, 0};
    return is_whole(dtype) ? Number{0, wrap(dtype, to_whole(v))} : Number{v, 0};
  }

  std::vector<MicroStep> steps_;
  std::vector<DType> dtypes_;
  std::vector<Number> slots_;
};

}  // namespace

Arrays elementwise(const Node& node, const Arrays& in) {
  Arrays out = outputs_of(node);
  const auto results = micro_results(node);
  Chain chain(node, in);
  std::vector<Broadcast> indices;
  for (const auto& array : in) indices.emplace_back(array.sizes, out[0].sizes);
  for (std::int64_t i = 0, n = out[0].elements(); i < n; ++i) {
    for (std::size_t k = 0; k < in.size(); ++k) chain.input(k, in[k], indices[k](i));
    chain.run();
    for (std::size_t k = 0; k < out.size(); ++k)
      chain.result(static_cast<std::size_t>(results[k]), out[k], i);
  }
  return out;
}

double activate(const Node& node, double v) {
  return node.attributes.text("activation") == "relu" ? apply(Micro::relu, v, 0, 0, 0) : v;
}

}  // namespace glia::naive
