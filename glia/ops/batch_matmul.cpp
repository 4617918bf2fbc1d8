#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

bool ta(const Call& c) { return c.attributes.flag("transpose_a"); }
bool tb(const Call& c) { return c.attributes.flag("transpose_b"); }

std::vector<Type> infer(const Call& c) {
  const Shape &a = c[0].shape(), &b = c[1].shape();
  if (a.rank() != 3 || b.rank() != 3 || !(a[0] == b[0]))
    fail("E-SHAPE-03", "{}: got shapes {} and {}, expected [B, m, k] and [B, k, n]; reshape {}",
         c.where(), a.text(), b.text(), "leading axes into one, as [N, H, T, D] into [N*H, T, D]");
  const Dim inner_a = a[ta(c) ? 1 : 2], inner_b = b[tb(c) ? 2 : 1];
  if (!(inner_a == inner_b))
    fail("E-SHAPE-03", "{}: {} and {} are multiplied over dimensions of {} and {}; {}", c.where(),
         a.text(), b.text(), inner_a.text(), inner_b.text(), "they must be equal: transpose one?");
  expect_plain(c, 0);
  return {{product_dtype(c), Shape{a[0], a[ta(c) ? 2 : 1], b[tb(c) ? 1 : 2]}}};
}

Values gradient(const Call& c, const Values&, const Values& dy) {
  // As of matmul: dA = dC B', dB = A' dC, each transposed again where its factor was.
  const Value dz = cast(dy[0], c[0].dtype());
  return {ta(c) ? batch_matmul(c[1], dz, {tb(c), true}) : batch_matmul(dz, c[1], {false, !tb(c)}),
          tb(c) ? batch_matmul(dz, c[0], {true, ta(c)}) : batch_matmul(c[0], dz, {!ta(c), false})};
}

Cost cost(const Call& c) {
  const double of_a = static_cast<double>(c[0].shape().elements());
  return {2 * of_a * static_cast<double>(c[1].shape()[tb(c) ? 1 : 2].value()), 0};
}

Sample sample(std::string_view name, Shape a, Shape b, bool ta = false, bool tb = false) {
  return {name,
          {normal(std::move(a)), normal(std::move(b))},
          {{"transpose_a", ta}, {"transpose_b", tb}}};
}

}  // namespace

const OpDef batch_matmul_def{
    .name = "batch_matmul",
    .doc =
        "op(a[i]) op(b[i]) for each item i, op transposing where asked. a: [B, m, k], b: [B, k, n] "
        "-> [B, m, n].",
    .min_inputs = 2,
    .max_inputs = 2,
    .attributes = {{"transpose_a", false}, {"transpose_b", false}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {sample("nn", {2, 3, 4}, {2, 4, 5}), sample("nt", {2, 3, 4}, {2, 5, 4}, false, true),
                sample("tn", {2, 4, 3}, {2, 4, 5}, true, false),
                sample("tt", {2, 4, 3}, {2, 5, 4}, true, true),
                sample("one_item", {1, 33, 70}, {1, 70, 65}),
                sample("attention", {6, 20, 16}, {6, 20, 16}, false, true),
                sample("empty", {0, 3, 4}, {0, 4, 5}),
                sample("over_nothing", {2, 3, 0}, {2, 0, 5})},
};

Value batch_matmul(Value a, Value b, MatmulOptions o) {
  return call(batch_matmul_def, {a, b},
              {{"transpose_a", o.transpose_a}, {"transpose_b", o.transpose_b}})[0];
}

}  // namespace glia
