// Values in memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "glia/tensor/dtype.h"
#include "glia/tensor/shape.h"

namespace glia {

inline constexpr std::size_t kAlignment =
    64;  // of every buffer: one cache line, one AVX-512 vector

// Raw memory, aligned to kAlignment and zeroed.
class Buffer {
 public:
  explicit Buffer(std::size_t bytes);
  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::size_t bytes_;
  std::unique_ptr<std::byte, Free> data_;
};

// A dense array in row-major order. A copy shares the memory (clone() does not); a Tensor of known
// dtype and shape always has memory, zeroed at first. Not synchronised.
class Tensor {
 public:
  Tensor() : Tensor(DType::f32, Shape{0}) {}
  Tensor(DType dtype, Shape shape);  // Error E-SHAPE-09 where the shape is not known

  template <class T>
  static Tensor of(Shape shape, std::span<const T> values);
  template <class T>
  static Tensor of(Shape shape, const std::vector<T>& values) {
    return of(std::move(shape), std::span<const T>(values));
  }
  template <class T>
  static Tensor scalar(T value) {
    return of({}, std::span<const T>(&value, 1));
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return size_; }  // elements
  std::size_t bytes() const { return static_cast<std::size_t>(size_) * size_of(dtype_); }

  std::byte* raw() { return buffer_->data(); }
  const std::byte* raw() const { return buffer_->data(); }

  // The elements as T. Error E-DTYPE-02 where T is not the dtype.
  template <class T>
  std::span<T> data() {
    expect(dtype_of<T>);
    return {reinterpret_cast<T*>(raw()), static_cast<std::size_t>(size_)};
  }
  template <class T>
  std::span<const T> data() const {
    expect(dtype_of<T>);
    return {reinterpret_cast<const T*>(raw()), static_cast<std::size_t>(size_)};
  }

  double at(std::int64_t i) const;     // element i of the flat order, converted
  void set(std::int64_t i, double v);  // the same, converted back
  Tensor clone() const;
  Tensor to(DType dtype) const;                             // a converted copy
  Tensor reshaped(Shape shape) const;                       // shares the memory; Error E-SHAPE-07
  friend bool same_bits(const Tensor& a, const Tensor& b);  // dtype, shape and bytes

 private:
  void expect(DType dtype) const;
  void expect_elements(std::size_t count) const;  // Error E-SHAPE-07
  DType dtype_;
  Shape shape_;
  std::int64_t size_;
  std::shared_ptr<Buffer> buffer_;
};

template <class T>
Tensor Tensor::of(Shape shape, std::span<const T> values) {
  Tensor t(dtype_of<T>, std::move(shape));
  t.expect_elements(values.size());
  std::copy(values.begin(), values.end(), t.data<T>().begin());
  return t;
}

}  // namespace glia
