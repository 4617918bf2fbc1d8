#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  return {select(greater(c[0], 0.0), dy[0], dy[0] * c.attributes.real("slope"))};
}
}  // namespace

const OpDef leaky_relu_def{
    .name = "leaky_relu",
    .doc = "x where x > 0, slope * x elsewhere. x: [...] -> the same shape.",
    .attributes = {{"slope", 0.01}},
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::leaky_relu,
    .samples = {{"default", {normal({3, 5})}},
                {"steep", {normal({4})}, {{"slope", 0.3}}},
                {"empty", {normal({0, 5})}}},
};

Value leaky_relu(Value x, double slope) { return call(leaky_relu_def, {x}, {{"slope", slope}})[0]; }

}  // namespace glia
