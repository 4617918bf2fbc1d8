#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_dtype(c, 0, DType::i64);
  expect_rank(c, 0, 0, "the step is one number");
  const DType dtype = c.attributes.dtype("dtype");
  if (!is_floating(dtype))
    fail("E-DTYPE-03", "{}: the numbers are to be {}, expected f32 or f64", c.where(),
         name_of(dtype));
  return {{dtype, c.attributes.shape("shape")}};
}

Cost cost(const Call& c) {
  return {20 * static_cast<double>(c.attributes.shape("shape").elements()), 0};
}

}  // namespace

const OpDef random_uniform_def{
    .name = "random_uniform",
    .doc = "philox_uniform(seed, stream, step, index), in [0, 1). step: scalar i64 -> shape.",
    .attributes = {{"shape", Shape{}, true},
                   {"seed", std::int64_t{0}},
                   {"stream", std::int64_t{0}},
                   {"dtype", DType::f32}},
    .infer = infer,
    .cost = cost,
    .samples = {{"table",
                 {filled({}, 7, DType::i64)},
                 {{"shape", Shape{37, 5}}, {"seed", std::int64_t{3}}}},
                {"late",
                 {filled({}, 0x1p40, DType::i64)},
                 {{"shape", Shape{2, 3, 4, 5}},
                  {"seed", std::int64_t{-5}},
                  {"stream", std::int64_t{0xffffffff}}}},
                {"empty", {filled({}, 1, DType::i64)}, {{"shape", Shape{0, 3}}}}},
};

Value random_uniform(Shape shape, DType dtype, Value step, std::uint64_t seed,
                     std::uint32_t stream) {
  return call(random_uniform_def, {step},
              {{"shape", std::move(shape)},
               {"seed", static_cast<std::int64_t>(seed)},
               {"stream", std::int64_t{stream}},
               {"dtype", dtype}})[0];
}

}  // namespace glia
