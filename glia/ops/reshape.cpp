#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& shape = c.attributes.shape("shape");
  expect_plain(c, 0);
  if (!(shape.element_dim() == c[0].shape().element_dim()))
    fail("E-SHAPE-07", "{}: cannot see {} as {}: the numbers of elements differ", c.where(),
         c[0].shape().text(), shape.text());
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {reshape(dy[0], c[0].shape())};
}

Cost cost(const Call&) { return {}; }

}  // namespace

const OpDef reshape_def{
    .name = "reshape",
    .doc = "The same elements in the same order under another shape. x: [...] -> shape.",
    .attributes = {{"shape", Shape{}, true}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .view = true,
    .samples = {{"flatten", {normal({2, 3, 4})}, {{"shape", Shape{2, 12}}}},
                {"scalar", {normal({1, 1})}, {{"shape", Shape{}}}},
                {"empty", {normal({0, 5})}, {{"shape", Shape{5, 0}}}}},
};

Value reshape(Value x, Shape shape) {
  if (x.shape() == shape) return x;
  return call(reshape_def, {x}, {{"shape", std::move(shape)}})[0];
}

}  // namespace glia
