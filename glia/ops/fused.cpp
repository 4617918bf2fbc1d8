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

Sample sample(std::string_view name, Shape shape, std::vector<SampleInput> inputs,
              const std::vector<MicroStep>& steps, std::vector<std::int64_t> results,
              std::vector<std::int64_t> booleans) {
  std::vector<std::int64_t> codes;
  std::vector<double> parameters;
  for (const auto& step : steps) {
    codes.push_back(static_cast<std::int64_t>(step.micro));
    codes.insert(codes.end(), step.operand, step.operand + 3);
    parameters.push_back(step.parameter);
  }
  return {name,
          std::move(inputs),
          {{"shape", std::move(shape)},
           {"steps", codes},
           {"parameters", Tensor::of<double>({std::ssize(parameters)}, parameters)},
           {"results", std::move(results)},
           {"booleans", std::move(booleans)}}};
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
    .samples = {sample("tanh_of_sum", {3, 5}, {normal({3, 5}), normal({5})},
                       {{Micro::add, {0, 1, -1}, 0}, {Micro::tanh, {2, -1, -1}, 0}}, {1}, {0}),
                // (max(leaky_relu(a * b), c), b / c > a): two results, one of them bool.
                sample("two_results", {2, 3, 4, 5},
                       {normal({2, 3, 4, 5}), normal({1, 3, 1, 1}), normal({})},
                       {{Micro::mul, {0, 1, -1}, 0},
                        {Micro::leaky_relu, {3, -1, -1}, 0.2},
                        {Micro::maximum, {4, 2, -1}, 0},
                        {Micro::div, {1, 2, -1}, 0},
                        {Micro::greater, {6, 0, -1}, 0}},
                       {2, 4}, {0, 1}),
                // Where the condition holds, the square of the first branch.
                sample("condition", {1001}, {booleans({1001}), normal({1001}), normal({1001})},
                       {{Micro::square, {1, -1, -1}, 0}, {Micro::select, {0, 3, 2}, 0}}, {1}, {0}),
                sample("empty", {0, 5}, {normal({0, 5}), normal({5})},
                       {{Micro::sub, {0, 1, -1}, 0}}, {0}, {0})},
};

}  // namespace glia
