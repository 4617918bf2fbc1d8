#include "glia/ops/elementwise.h"

#include <cmath>
#include <numbers>

#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {
Values gradient(const Call& c, const Values&, const Values& dy) {
  return {dy[0] * exp(-square(c[0])) * (2 / std::sqrt(std::numbers::pi))};
}
}  // namespace

const OpDef erf_def{
    .name = "erf",
    .doc = "2 / sqrt(pi) times the integral of e^-t^2 from 0 to x. x: [...] -> the same shape.",
    .infer = infer_elementwise,
    .gradient = gradient,
    .elementwise = true,
    .micro = Micro::erf,
    .samples = {{"matrix", {normal({3, 5})}},
                {"scalar", {normal({})}},
                {"empty", {normal({0, 5})}},
                {"large", {normal({2, 40}, 0, 3)}}},
};

Value erf(Value x) { return call(erf_def, {x})[0]; }

}  // namespace glia
