#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  const double exponent = c.attributes.real("exponent");
  if (exponent == 0) return {Value()};
  return {dy[0] * power(c[0], exponent - 1) * exponent};
}
}  // namespace

const OpDef power_def{
    .name = "power",
    .doc =
        "x^exponent, NaN for negative x unless the exponent is whole. x: [...] -> the same shape.",
    .attributes = {{"exponent", 2.0}},
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::power,
    .samples = {{"cube", {normal({3, 5})}, {{"exponent", 3.0}}},
                {"inverse", {uniform({3, 5}, 0.5, 2)}, {{"exponent", -2.0}}},
                {"root", {uniform({2, 40}, 0.5, 30)}, {{"exponent", 0.3}}},
                {"constant", {normal({4})}, {{"exponent", 0.0}}},
                {"empty", {normal({0, 5})}}},
};

Value power(Value x, double exponent) {
  return exponent == 1 ? x : call(power_def, {x}, {{"exponent", exponent}})[0];
}

}  // namespace glia
