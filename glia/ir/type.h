// What is known of a value before it exists.
#pragma once

#include <string>

#include "glia/tensor/dtype.h"
#include "glia/tensor/shape.h"

namespace glia {

// The physical order of a 4-dimensional value's elements. The shape is always the logical one,
// [N, C, H, W]; only the layout pass and kernels look at this.
enum class Layout : std::uint8_t {
  plain,          // row-major in the order of the shape
  channels_last,  // N, H, W, C
  blocked8,       // N, C/8, H, W, 8 (C a multiple of 8)
};
std::string_view name_of(Layout layout);

struct Type {
  DType dtype = DType::f32;
  Shape shape;
  Layout layout = Layout::plain;

  Type bind(const Bindings& bindings) const { return {dtype, shape.bind(bindings), layout}; }
  std::size_t bytes() const;  // Error E-SHAPE-09 where the shape is not known
  std::string text() const;   // "f32[batch, 784]"
  friend bool operator==(const Type&, const Type&) = default;
};

}  // namespace glia
