#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  if (c[0].dtype() != DType::i64)
    fail("E-DTYPE-03", "{}: labels are {}, expected i64", c.where(), name_of(c[0].dtype()));
  Shape shape = c[0].shape();
  shape.push_back(Dim(c.attributes.integer("depth")));
  return {{c.attributes.dtype("dtype"), shape}};
}

}  // namespace

const OpDef one_hot_def{
    .name = "one_hot",
    .doc =
        "1 at each label, 0 elsewhere; a label outside 0..depth-1 gives zeros. labels: [...] i64 "
        "-> [..., depth].",
    .attributes = {{"depth", std::int64_t{0}, true}, {"dtype", DType::f32}},
    .infer = infer,
    .samples = {{"rows", {integers({4}, 0, 3)}, {{"depth", std::int64_t{3}}}},
                {"outside", {integers({2, 6}, -2, 5)}, {{"depth", std::int64_t{3}}}},
                {"empty", {integers({0}, 0, 3)}, {{"depth", std::int64_t{3}}}}},
};

Value one_hot(Value labels, std::int64_t depth, DType dtype) {
  return call(one_hot_def, {labels}, {{"depth", depth}, {"dtype", dtype}})[0];
}

}  // namespace glia
