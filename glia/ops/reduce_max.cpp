#include "glia/base/format.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"
#include "glia/ops/shapes.h"

namespace glia {
namespace {

Values gradient(const Call& c, const Values& y, const Values& dy) {
  const Value there =
      cast(equal(c[0], broadcast_to(reshape(y[0], kept_shape(c)), c[0].shape())), dy[0].dtype());
  std::vector<int> axes;
  for (const auto axis : c.attributes.integers("axes")) axes.push_back(static_cast<int>(axis));
  const Value share = reshape(dy[0], kept_shape(c)) / reduce_sum(there, axes, true);
  return {there * broadcast_to(share, c[0].shape())};
}

}  // namespace

const OpDef reduce_max_def{
    .name = "reduce_max",
    .doc =
        "The largest element (its gradient is shared among equal ones) over `axes`. x: [...] -> "
        "without these axes, or with 1 there (keep_dims).",
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
                {"empty", {normal({0, 5})}, {{"axes", std::vector<std::int64_t>{1}}}},
                {"over_nothing", {normal({0, 5})}, {{"axes", std::vector<std::int64_t>{0}}}}},
};

Value reduce_max(Value x, std::vector<int> axes, bool keep_dims) {
  return call(reduce_max_def, {x},
              {{"axes", normal_axes(reduce_max_def, x, axes)}, {"keep_dims", keep_dims}})[0];
}

}  // namespace glia
