#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  return {{c.attributes.dtype("dtype"), c.attributes.shape("shape")}};
}
Cost cost(const Call&) { return {}; }

}  // namespace

const OpDef iota_def{
    .name = "iota",
    .doc = "0, 1, ..., d - 1, where d is known once symbols are bound. -> [d].",
    .min_inputs = 0,
    .max_inputs = 0,
    .attributes = {{"shape", Shape{}, true}, {"dtype", DType::i64}},
    .infer = infer,
    .cost = cost,
    .samples = {{"five", {}, {{"shape", Shape{5}}}},
                {"real", {}, {{"shape", Shape{300}}, {"dtype", DType::f32}}},
                {"one", {}, {{"shape", Shape{1}}}},
                {"empty", {}, {{"shape", Shape{0}}}}},
};

Value iota(Value like, int axis, DType dtype) {
  const int a = static_cast<int>(normal_axes(iota_def, like, {axis})[0]);
  return like.graph().add(iota_def, {}, {{"shape", Shape{like.dim(a)}}, {"dtype", dtype}})[0];
}

}  // namespace glia
