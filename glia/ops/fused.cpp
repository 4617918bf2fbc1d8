#include "glia/ops/elementwise.h"
#include "glia/ops/ops.h"
#include "glia/ops/samples.h"

namespace glia {

namespace {

// Types were right before the chain was fused: booleans stay booleans, numbers have one dtype.
std::vector<Type> infer(const Call& c) {
  std::vector<Type> types;
  const Shape& shape = c.attributes.shape("shape");
  Layout layout = Layout::plain;
  for (const auto& v : c.in)
    if (v.shape() == shape && v.type().layout != Layout::plain) layout = v.type().layout;
  const auto& booleans = c.attributes.integers("booleans");
  for (const auto is_boolean : booleans)
    types.push_back({is_boolean ? DType::boolean : c.attributes.dtype("dtype"), shape, layout});
  return types;
}

Cost cost(const Call& c) {
  const double elements = static_cast<double>(c.attributes.shape("shape").elements());
  return {elements * static_cast<double>(c.attributes.integers("steps").size()) / 4, 0};
}

}  // namespace

const OpDef fused_def{
    .name = "fused",
    .doc =
        "A chain of elementwise ops in one pass over memory; see elementwise.h. x...: [...] -> the "
        "broadcast shape.",
    .max_inputs = -1,
    .attributes = {{"shape", Shape{}, true},
                   {"steps", std::vector<std::int64_t>{}, true},
                   {"parameters", Tensor(), true},
                   {"results", std::vector<std::int64_t>{}, true},
                   {"booleans", std::vector<std::int64_t>{}, true},
                   {"dtype", DType::f32}},
    .infer = infer,
    .cost = cost,
};

}  // namespace glia
