#include "glia/tensor/shape.h"

#include "glia/base/format.h"

namespace glia {

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
  Dim product = 1;
  for (const Dim d : dims_) product = product * d;
  return product;
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
