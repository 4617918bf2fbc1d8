#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  const Shape& shape = c.attributes.shape("shape");
  expect_plain(c, 0);
  const int extra = shape.rank() - c[0].rank();
  bool fits = extra >= 0;
  for (int i = 0; fits && i < c[0].rank(); ++i)
    fits = c[0].shape()[i] == Dim(1) || c[0].shape()[i] == shape[i + extra];
  if (!fits)
    fail("E-SHAPE-02", "{}: {} cannot be repeated to {}", c.where(), c[0].shape().text(),
         shape.text());
  return {{c[0].dtype(), shape}};
}

Values gradient(const Call& c, const Values&, const Values& dy) { return {sum_to(dy[0], c[0])}; }

}  // namespace

const OpDef broadcast_to_def{
    .name = "broadcast_to",
    .doc = "x repeated along dimensions of 1 and new leading ones. x: [...] -> shape.",
    .attributes = {{"shape", Shape{}, true}},
    .infer = infer,
    .gradient = gradient,
    .samples = {{"row", {normal({5})}, {{"shape", Shape{3, 5}}}},
                {"column", {normal({3, 1})}, {{"shape", Shape{2, 3, 4}}}},
                {"scalar", {normal({})}, {{"shape", Shape{7}}}},
                {"empty", {normal({1, 5})}, {{"shape", Shape{0, 5}}}}},
};

Value broadcast_to(Value x, Shape shape) {
  if (x.shape() == shape) return x;
  return call(broadcast_to_def, {x}, {{"shape", std::move(shape)}})[0];
}

}  // namespace glia
