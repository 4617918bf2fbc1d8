// Element types.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glia {

// boolean: one byte, 0 or 1. bf16 is for operands of products (docs/precision.md).
enum class DType : std::uint8_t { f32, f64, i32, i64, u8, boolean, bf16 };

// bfloat16: the upper half of a float, so 8 bits of exponent and 7 of mantissa. To a float and back
// it is exact; other numbers are rounded once, to nearest, ties to even. NaN stays NaN.
struct BFloat16 {
  BFloat16() = default;
  explicit BFloat16(float v) {
    const auto wide = std::bit_cast<std::uint32_t>(v);
    const bool nan = (wide & 0x7fffffffU) > 0x7f800000U;
    bits = static_cast<std::uint16_t>(nan ? (wide >> 16) | 0x40U
                                          : (wide + 0x7fffU + ((wide >> 16) & 1U)) >> 16);
  }
  // By way of a float whose last bit says that something was cut off, so that nothing is rounded
  // twice.
  explicit BFloat16(double v) : BFloat16(to_odd(v)) {}
  template <class T>
  explicit BFloat16(T whole) : BFloat16(static_cast<double>(whole)) {}
  operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

  std::uint16_t bits = 0;

 private:
  static float to_odd(double v) {
    const auto near = static_cast<float>(v);
    const auto back = static_cast<double>(near);
    if (back == v || v != v) return near;
    auto kept = std::bit_cast<std::uint32_t>(near);
    const bool beyond = (back < 0 ? -back : back) > (v < 0 ? -v : v);
    if (beyond) --kept;
    return std::bit_cast<float>(kept | 1U);
  }
};

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
template <>
struct DTypeOf<BFloat16> {
  static constexpr DType value = DType::bf16;
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
    case DType::bf16:
      return f(BFloat16{});
    case DType::boolean:
      break;
  }
  return f(bool{});
}

}  // namespace glia
