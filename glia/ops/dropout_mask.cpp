#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

std::vector<Type> infer(const Call& c) {
  expect_dtype(c, 0, DType::i64);
  expect_rank(c, 0, 0, "the step is one number");
  if (!is_floating(c.attributes.dtype("dtype")))
    fail("E-DTYPE-03", "{}: the mask is to be {}, expected f32 or f64", c.where(),
         name_of(c.attributes.dtype("dtype")));
  const double rate = c.attributes.real("rate");
  if (!(rate >= 0 && rate < 1))
    fail("E-OPTION-01", "{}: rate is {}, expected 0 <= rate < 1", c.where(), rate);
  return {{c.attributes.dtype("dtype"), c.attributes.shape("shape")}};
}

Cost cost(const Call& c) {
  return {20 * static_cast<double>(c.attributes.shape("shape").elements()), 0};
}

}  // namespace

const OpDef dropout_mask_def{
    .name = "dropout_mask",
    .doc =
        "0 where philox_uniform(seed, stream, step, index) < rate, 1 / (1 - rate) elsewhere. step: "
        "scalar i64 -> shape.",
    .attributes = {{"shape", Shape{}, true},
                   {"rate", 0.5},
                   {"seed", std::int64_t{0}},
                   {"stream", std::int64_t{0}},
                   {"dtype", DType::f32}},
    .infer = infer,
    .cost = cost,
    .samples = {{"half",
                 {filled({}, 7, DType::i64)},
                 {{"shape", Shape{37, 5}}, {"rate", 0.5}, {"seed", std::int64_t{3}}}},
                {"tenth", {filled({}, 1, DType::i64)}, {{"shape", Shape{1001}}, {"rate", 0.1}}},
                {"late",
                 {filled({}, 0x1p40, DType::i64)},
                 {{"shape", Shape{2, 3, 4, 5}},
                  {"rate", 0.7},
                  {"seed", std::int64_t{-5}},
                  {"stream", std::int64_t{0xffffffff}}}},
                {"none", {filled({}, 1, DType::i64)}, {{"shape", Shape{9}}, {"rate", 0.0}}}},
};

Value dropout_mask(Shape shape, DType dtype, Value step, double rate, std::uint64_t seed,
                   std::uint32_t stream) {
  return call(dropout_mask_def, {step},
              {{"shape", std::move(shape)},
               {"rate", rate},
               {"seed", static_cast<std::int64_t>(seed)},
               {"stream", std::int64_t{stream}},
               {"dtype", dtype}})[0];
}

Value dropout_mask(Value like, Value step, double rate, std::uint64_t seed, std::uint32_t stream) {
  return dropout_mask(like.shape(), like.dtype(), step, rate, seed, stream);
}

}  // namespace glia
