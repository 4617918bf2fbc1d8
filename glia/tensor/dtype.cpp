#include "glia/tensor/dtype.h"

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia {

std::size_t size_of(DType dtype) {
  return dispatch(dtype, [](auto zero) { return sizeof(zero); });
}

std::string_view name_of(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::i32:
      return "i32";
    case DType::i64:
      return "i64";
    case DType::u8:
      return "u8";
    case DType::boolean:
      return "bool";
    case DType::bf16:
      return "bf16";
  }
  return "?";
}

bool is_floating(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f64 || dtype == DType::bf16;
}

DType dtype_from(std::string_view name) {
  for (const DType t :
       {DType::f32, DType::f64, DType::i32, DType::i64, DType::u8, DType::boolean, DType::bf16})
    if (name_of(t) == name) return t;
  fail("E-DTYPE-01", "unknown dtype '{}'{}", name,
       suggest(name, {"f32", "f64", "i32", "i64", "u8", "bool", "bf16"}));
}

}  // namespace glia
