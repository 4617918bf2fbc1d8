#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

Values gradient(const Call& c, const Values&, const Values& dy) {
  return {broadcast_to(reshape(dy[0], kept_shape(c)), c[0].shape())};
}

}  // namespace

const OpDef reduce_sum_def{
    .name = "reduce_sum",
    .doc = "The sum over `axes`. x: [...] -> without these axes, or with 1 there (keep_dims).",
    .attributes = {{"axes", std::vector<std::int64_t>{}, true}, {"keep_dims", false}},
    .infer = infer_reduce,
    .gradient = gradient,
    .cost = cost_of_input,
    .samples = {{"rows", {normal({3, 5})}, {{"axes", std::vector<std::int64_t>{1}}}},
                {"columns", {normal({3, 5})}, {{"axes", std::vector<std::int64_t>{0}}}},
                {"all", {normal({3, 5})}, {{"axes", std::vector<std::int64_t>{0, 1}}}},
                {"channels",
                 {normal({2, 3, 4, 5})},
                 {{"axes", std::vector<std::int64_t>{0, 2, 3}}, {"keep_dims", true}}},
                {"wide", {normal({40, 1000})}, {{"axes", std::vector<std::int64_t>{0}}}},
                {"empty", {normal({0, 5})}, {{"axes", std::vector<std::int64_t>{0}}}}},
};

Value reduce_sum(Value x, std::vector<int> axes, bool keep_dims) {
  return call(reduce_sum_def, {x},
              {{"axes", normal_axes(reduce_sum_def, x, axes)}, {"keep_dims", keep_dims}})[0];
}

}  // namespace glia
