// Dimensions, known or symbolic, and shapes made of them.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace glia {

using Bindings = std::map<std::string, std::int64_t, std::less<>>;  // symbol -> its value

// A dimension: a number (>= 0), a named symbol ("batch", "time"), or an expression of symbols that
// arithmetic made ("time*8", "(time-2)/2"). Expressions are kept as sums of products, so that two
// dimensions are equal however they were computed: batch*time*12 is batch*3*time*4, and time*4/4 is
// time. Copies are cheap: expressions are interned for the process's lifetime.
class Dim {
 public:
  Dim(std::int64_t n = 0);  // NOLINT: a number is a dimension
  static Dim symbol(std::string_view name);

  bool known() const { return code_ >= 0; }
  std::int64_t value() const;  // Error E-SHAPE-09 for a symbol
  std::string text() const;
  Dim bind(const Bindings& bindings) const;  // symbols without a binding stay

  friend Dim operator+(Dim a, Dim b);
  friend Dim operator-(Dim a, Dim b);
  friend Dim operator*(Dim a, Dim b);
  friend Dim operator/(Dim a, Dim b);  // rounds down; Error E-SHAPE-09 for b = 0
  friend bool operator==(Dim a, Dim b) { return a.code_ == b.code_; }

 private:
  friend struct DimTable;  // dim.cpp: what codes below 0 stand for
  std::int64_t code_;      // >= 0: the number; < 0: -1 - index into the interned expressions
};

class Shape {
 public:
  Shape() = default;  // a scalar
  Shape(std::initializer_list<Dim> dims) : dims_(dims) {}
  explicit Shape(std::vector<Dim> dims) : dims_(std::move(dims)) {}
  explicit Shape(const std::vector<std::int64_t>& dims) : dims_(dims.begin(), dims.end()) {}

  int rank() const { return static_cast<int>(dims_.size()); }
  Dim operator[](int axis) const { return dims_[static_cast<std::size_t>(axis)]; }
  Dim& operator[](int axis) { return dims_[static_cast<std::size_t>(axis)]; }
  auto begin() const { return dims_.begin(); }
  auto end() const { return dims_.end(); }
  void push_back(Dim d) { dims_.push_back(d); }
  const std::vector<Dim>& dims() const { return dims_; }

  bool known() const;                       // every dimension is a number
  std::int64_t elements() const;            // product; 1 for a scalar; Error where not known
  Dim element_dim() const;                  // the same as a dimension, symbolic where it must be
  std::vector<std::int64_t> sizes() const;  // Error where not known
  Shape bind(const Bindings& bindings) const;
  std::string text() const;  // "[batch, 784]"
  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::vector<Dim> dims_;
};

// Turns -1 into the last axis, and so on. Error E-SHAPE-08 where `axis` is outside [-rank, rank).
int normal_axis(int axis, int rank);

}  // namespace glia
