#include "glia/tensor/shape.h"

#include <cassert>
#include <deque>
#include <mutex>

#include "glia/base/format.h"

namespace glia {
namespace {

struct Expression {
  char op = 's';  // 's': a symbol; otherwise + - * /
  Dim a, b;
  std::string text;
};

struct Interned {
  std::mutex mutex;
  std::deque<Expression> expressions;  // stable addresses
  std::map<std::string, std::size_t, std::less<>> by_text;

  std::size_t add(Expression e) {
    const std::lock_guard lock(mutex);
    if (const auto it = by_text.find(e.text); it != by_text.end()) return it->second;
    by_text.emplace(e.text, expressions.size());
    expressions.push_back(std::move(e));
    return expressions.size() - 1;
  }
  const Expression& at(std::size_t i) {
    const std::lock_guard lock(mutex);
    return expressions[i];
  }
};

Interned& interned() {
  static Interned table;
  return table;
}

std::int64_t apply(char op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    default:
      break;
  }
  if (b == 0) fail("E-SHAPE-09", "a dimension is divided by zero");
  return a / b;
}

}  // namespace

Dim::Dim(std::int64_t n) : code_(n) {
  if (n < 0) fail("E-SHAPE-09", "a dimension must not be negative, got {}", n);
}

Dim Dim::symbol(std::string_view name) {
  Dim d;
  d.code_ = -1 - static_cast<std::int64_t>(interned().add({'s', {}, {}, std::string(name)}));
  return d;
}

std::int64_t Dim::value() const {
  if (!known())
    fail("E-SHAPE-09", "dimension '{}' has no value yet: it is bound when the program is compiled",
         text());
  return code_;
}

std::string Dim::text() const {
  return known() ? std::to_string(code_) : interned().at(static_cast<std::size_t>(-1 - code_)).text;
}

Dim Dim::combine(char op, Dim a, Dim b) {
  if (a.known() && b.known()) return {apply(op, a.code_, b.code_)};
  // The neutral elements, so that expressions stay short and equal ones stay equal.
  if (b.known() && b.code_ == 0 && (op == '+' || op == '-')) return a;
  if (a.known() && a.code_ == 0 && op == '+') return b;
  if (b.known() && b.code_ == 1 && (op == '*' || op == '/')) return a;
  if (a.known() && a.code_ == 1 && op == '*') return b;
  if (op == '*' && ((a.known() && a.code_ == 0) || (b.known() && b.code_ == 0))) return {0};
  if ((op == '+' || op == '*') && b.text() < a.text()) std::swap(a, b);
  const auto operand = [](Dim d) {
    if (d.known()) return d.text();
    return interned().at(static_cast<std::size_t>(-1 - d.code_)).op == 's' ? d.text()
                                                                           : "(" + d.text() + ")";
  };
  Dim d;
  d.code_ =
      -1 - static_cast<std::int64_t>(interned().add({op, a, b, operand(a) + op + operand(b)}));
  return d;
}

Dim operator+(Dim a, Dim b) { return Dim::combine('+', a, b); }
Dim operator-(Dim a, Dim b) { return Dim::combine('-', a, b); }
Dim operator*(Dim a, Dim b) { return Dim::combine('*', a, b); }
Dim operator/(Dim a, Dim b) { return Dim::combine('/', a, b); }

Dim Dim::bind(const Bindings& bindings) const {
  if (known()) return *this;
  const auto& e = interned().at(static_cast<std::size_t>(-1 - code_));
  if (e.op != 's') return combine(e.op, e.a.bind(bindings), e.b.bind(bindings));
  const auto it = bindings.find(e.text);
  return it == bindings.end() ? *this : Dim(it->second);
}

bool Shape::known() const {
  for (const Dim d : dims_)
    if (!d.known()) return false;
  return true;
}

std::int64_t Shape::elements() const {
  std::int64_t n = 1;
  for (const Dim d : dims_)
    if (__builtin_mul_overflow(n, d.value(), &n))
      fail("E-SHAPE-09", "shape {} has more elements than a 64-bit number can count", text());
  return n;
}

Dim Shape::element_dim() const {
  // Numbers first, so that [batch, 28, 28] and [batch, 784] give the same expression.
  Dim numbers = 1, symbols = 1;
  for (const Dim d : dims_) (d.known() ? numbers : symbols) = (d.known() ? numbers : symbols) * d;
  return symbols * numbers;
}

std::vector<std::int64_t> Shape::sizes() const {
  std::vector<std::int64_t> sizes;
  sizes.reserve(dims_.size());
  for (const Dim d : dims_) sizes.push_back(d.value());
  return sizes;
}

Shape Shape::bind(const Bindings& bindings) const {
  Shape bound;
  for (const Dim d : dims_) bound.push_back(d.bind(bindings));
  return bound;
}

std::string Shape::text() const {
  std::string text = "[";
  for (std::size_t i = 0; i < dims_.size(); ++i) text += (i ? ", " : "") + dims_[i].text();
  return text + "]";
}

int normal_axis(int axis, int rank) {
  if (axis < -rank || axis >= rank)
    fail("E-SHAPE-08", "axis {} is outside a value of {} dimensions; expected {} to {}", axis, rank,
         -rank, rank - 1);
  return axis < 0 ? axis + rank : axis;
}

}  // namespace glia
