// Element types.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glia {

enum class DType : std::uint8_t { f32, f64, i32, i64, u8, boolean };  // boolean: one byte, 0 or 1

std::size_t size_of(DType dtype);       // bytes of one element
std::string_view name_of(DType dtype);  // "f32", ...
bool is_floating(DType dtype);
DType dtype_from(std::string_view name);  // Error E-DTYPE-01 where the name is unknown

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::u8;
};
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

// Calls f with a value of the C++ type that `dtype` stands for: dispatch(t, [](auto zero) {...}).
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  switch (dtype) {
    case DType::f32:
      return f(float{});
    case DType::f64:
      return f(double{});
    case DType::i32:
      return f(std::int32_t{});
    case DType::i64:
      return f(std::int64_t{});
    case DType::u8:
      return f(std::uint8_t{});
    case DType::boolean:
      break;
  }
  return f(bool{});
}

}  // namespace glia
