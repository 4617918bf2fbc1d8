#include "glia/tensor/tensor.h"

#include <cstring>
#include <new>

#include "glia/base/format.h"

namespace glia {

void Buffer::Free::operator()(std::byte* p) const {
  ::operator delete (p, std::align_val_t{kAlignment});
}

Buffer::Buffer(std::size_t bytes)
    : bytes_(bytes),
      // One vector of slack, so that kernels may read a whole vector at the end.
      data_(static_cast<std::byte*>(
          ::operator new (bytes + kAlignment, std::align_val_t{kAlignment}))) {
  std::memset(data_.get(), 0, bytes + kAlignment);
}

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype), shape_(std::move(shape)), size_(shape_.elements()) {
  std::size_t bytes = 0;
  if (__builtin_mul_overflow(static_cast<std::size_t>(size_), size_of(dtype), &bytes))
    fail("E-SHAPE-09", "a tensor of shape {} does not fit into memory", shape_.text());
  buffer_ = std::make_shared<Buffer>(bytes);
}

void Tensor::expect(DType dtype) const {
  if (dtype != dtype_)
    fail("E-DTYPE-02", "a tensor of {} was read as {}; convert it with to({})", name_of(dtype_),
         name_of(dtype), name_of(dtype));
}

void Tensor::expect_elements(std::size_t count) const {
  if (static_cast<std::size_t>(size_) != count)
    fail("E-SHAPE-07", "{} values were given for a tensor of shape {} ({} elements)", count,
         shape_.text(), size_);
}

double Tensor::at(std::int64_t i) const {
  return dispatch(dtype_, [&](auto zero) {
    return static_cast<double>(reinterpret_cast<const decltype(zero)*>(raw())[i]);
  });
}

void Tensor::set(std::int64_t i, double v) {
  dispatch(dtype_, [&](auto zero) {
    reinterpret_cast<decltype(zero)*>(raw())[i] = static_cast<decltype(zero)>(v);
  });
}

Tensor Tensor::clone() const {
  Tensor copy(dtype_, shape_);
  std::memcpy(copy.raw(), raw(), bytes());
  return copy;
}

Tensor Tensor::to(DType dtype) const {
  if (dtype == dtype_) return clone();
  Tensor converted(dtype, shape_);
  dispatch(dtype_, [&](auto from) {
    dispatch(dtype, [&](auto into) {
      const auto* source = reinterpret_cast<const decltype(from)*>(raw());
      auto* target = reinterpret_cast<decltype(into)*>(converted.raw());
      for (std::int64_t i = 0; i < size_; ++i) target[i] = static_cast<decltype(into)>(source[i]);
    });
  });
  return converted;
}

Tensor Tensor::reshaped(Shape shape) const {
  if (shape.elements() != size_)
    fail("E-SHAPE-07", "cannot see a tensor of shape {} ({} elements) as {} ({} elements)",
         shape_.text(), size_, shape.text(), shape.elements());
  Tensor view = *this;
  view.shape_ = std::move(shape);
  return view;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.dtype_ == b.dtype_ && a.shape_ == b.shape_ &&
         std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

}  // namespace glia
