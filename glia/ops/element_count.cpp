#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) { return {{c.attributes.dtype("dtype"), {}}}; }
Cost cost(const Call&) { return {}; }

}  // namespace

const OpDef element_count_def{
    .name = "element_count",
    .doc = "The product of the dimensions in `shape`, known once symbols are bound. -> scalar.",
    .min_inputs = 0,
    .max_inputs = 0,
    .attributes = {{"shape", Shape{}, true}, {"dtype", DType::f32}},
    .infer = infer,
    .cost = cost,
    .samples = {{"product", {}, {{"shape", Shape{3, 5}}}}},
};

Value element_count(Value x, const std::vector<int>& axes) {
  Shape shape;
  for (const auto axis : normal_axes(element_count_def, x, axes))
    shape.push_back(x.shape()[static_cast<int>(axis)]);
  return x.graph().add(element_count_def, {}, {{"shape", shape}, {"dtype", x.dtype()}})[0];
}

}  // namespace glia
