#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  return {{c.attributes.dtype("dtype"), c[0].shape(), c[0].type().layout}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  if (!is_floating(c[0].dtype())) return {Value()};
  return {cast(dy[0], c[0].dtype())};
}

}  // namespace

const OpDef cast_def{
    .name = "cast",
    .doc =
        "x as another dtype; floating values are cut towards zero for whole ones. x: [...] -> the "
        "same shape.",
    .attributes = {{"dtype", DType::f32, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"labels", {integers({5}, 0, 9)}, {{"dtype", DType::f32}}},
                {"condition", {booleans({3, 4})}, {{"dtype", DType::f32}}},
                {"pixels", {integers({3, 4}, 0, 256, DType::u8)}, {{"dtype", DType::f32}}},
                {"counts", {normal({3, 4}, 0, 10)}, {{"dtype", DType::i64}}},
                {"other", {filled({2}, 1.5, DType::f64)}, {{"dtype", DType::f32}}},
                {"empty", {integers({0}, 0, 9)}, {{"dtype", DType::f32}}}},
};

Value cast(Value x, DType dtype) {
  if (x.dtype() == dtype) return x;
  return call(cast_def, {x}, {{"dtype", dtype}})[0];
}

}  // namespace glia
