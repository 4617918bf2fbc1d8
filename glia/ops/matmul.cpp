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
  if (a.rank() != 2 || b.rank() != 2)
    fail("E-SHAPE-03", "{}: got shapes {} and {}, expected two matrices; put a flatten before it",
         c.where(), a.text(), b.text());
  const Dim rows = a[ta(c) ? 1 : 0], inner = a[ta(c) ? 0 : 1];
  const Dim inner_b = b[tb(c) ? 1 : 0], columns = b[tb(c) ? 0 : 1];
  if (!(inner == inner_b))
    fail("E-SHAPE-03", "{}: input {} has {} features, the weight {} expects {}", c.where(),
         a.text(), inner.text(), b.text(), inner_b.text());
  const DType dtype = product_dtype(c);
  if (c.inputs() == 3) expect_dtype(c, 2, dtype);
  if (c.inputs() == 3 && !(c[2].shape() == Shape{columns}))
    fail("E-SHAPE-03", "{}: the bias has shape {}, expected [{}]", c.where(), c[2].shape().text(),
         columns.text());
  return {{dtype, Shape{rows, columns}}};
}

Values gradient(const Call& c, const Values& y, const Values& dy) {
  Value dz = dy[0];
  if (c.attributes.text("activation") == "relu") dz = select(greater(y[0], 0.0), dz, zero_like(dz));
  // C = A B: dA = dC B', dB = A' dC, each transposed again where its factor was.
  const Value d = cast(dz, c[0].dtype());
  const Value da = ta(c) ? matmul(c[1], d, {tb(c), true}) : matmul(d, c[1], {false, !tb(c)});
  const Value db = tb(c) ? matmul(d, c[0], {true, ta(c)}) : matmul(c[0], d, {!ta(c), false});
  if (c.inputs() == 2) return {da, db};
  return {da, db, reduce_sum(dz, {0})};
}

Cost cost(const Call& c) {
  const double rows = static_cast<double>(c[0].shape().elements());
  const double columns = static_cast<double>(c[1].shape()[tb(c) ? 0 : 1].value());
  return {2 * rows * columns, 0};
}

Sample sample(std::string_view name, Shape a, Shape b, bool ta, bool tb) {
  return {name,
          {normal(std::move(a)), normal(std::move(b))},
          {{"transpose_a", ta}, {"transpose_b", tb}}};
}

}  // namespace

const OpDef matmul_def{
    .name = "matmul",
    .doc =
        "activation(op(a) op(b) + bias), op transposing where asked. a: [m, k], b: [k, n], bias: "
        "[n] -> [m, n].",
    .min_inputs = 2,
    .max_inputs = 3,
    .attributes = {{"transpose_a", false},
                   {"transpose_b", false},
                   {"activation", std::string("none")}},
    .infer = infer,
    .gradient = gradient,
    .cost = cost,
    .tolerance = 1e-4,
    .samples = {sample("nn", {3, 4}, {4, 5}, false, false),
                sample("nt", {3, 4}, {5, 4}, false, true),
                sample("tn", {4, 3}, {4, 5}, true, false),
                sample("tt", {4, 3}, {5, 4}, true, true),
                sample("row", {1, 30}, {64, 30}, false, true),
                sample("column", {32, 64}, {1, 64}, false, true),
                sample("larger", {33, 70}, {70, 65}, false, false),
                sample("empty", {0, 4}, {4, 5}, false, false),
                sample("over_nothing", {3, 0}, {0, 5}, false, false),
                {"bias", {normal({7, 4}), normal({5, 4}), normal({5})}, {{"transpose_b", true}}},
                {"bias_relu",
                 {normal({7, 30}), normal({17, 30}), normal({17})},
                 {{"transpose_b", true}, {"activation", std::string("relu")}}}},
};

Value matmul(Value a, Value b, MatmulOptions o) {
  if (a.rank() > 2 && b.rank() == 2 && !o.transpose_a &&
      a.dim(-1) == b.dim(o.transpose_b ? 1 : 0)) {
    Shape rows(std::vector<Dim>(a.shape().begin(), a.shape().end() - 1));
    const Value flat = matmul(reshape(a, {rows.element_dim(), a.dim(-1)}), b, o);
    rows.push_back(flat.dim(1));
    return reshape(flat, rows);
  }
  return call(matmul_def, {a, b},
              {{"transpose_a", o.transpose_a}, {"transpose_b", o.transpose_b}})[0];
}

}  // namespace glia
