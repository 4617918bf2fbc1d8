// Mixed precision (Micikevicius et al., arXiv 1710.03740; with bfloat16: Kalamkar et al., arXiv
// 1905.12322): operands of products become bf16 just before them. Everything else stays f32, and
// with it what reaches outputs and variables.
#include <algorithm>

#include "glia/base/format.h"
#include "glia/base/text.h"
#include "glia/ops/ops.h"
#include "glia/ops/recurrent.h"
#include "glia/passes/pass.h"

namespace glia {
namespace {

// Which inputs of an op are operands of its products. A recurrent op rounds by itself what it
// multiplies its weight with at each step, where the weight is bf16.
std::vector<std::size_t> operands(const OpDef& op) {
  for (const OpDef* both : {&matmul_def, &batch_matmul_def, &conv2d_def, &conv2d_input_gradient_def,
                            &conv2d_weight_gradient_def})
    if (&op == both) return {0, 1};
  for (const OpDef* forward : {&rnn_sequence_def, &lstm_sequence_def, &gru_sequence_def})
    if (&op == forward) return {1};
  for (const OpDef* backward :
       {&rnn_sequence_gradient_def, &lstm_sequence_gradient_def, &gru_sequence_gradient_def})
    if (&op == backward) return {0};
  return {};
}

// What depends on constants only: the weights of an interpolation or of a filter, say.
std::vector<bool> given_values(const Graph& graph) {
  std::vector<bool> given;
  for (const Node& node : graph.nodes())
    given.push_back(node.op == &constant_def ||
                    (!node.inputs.empty() && std::ranges::all_of(node.inputs, [&](const Value& v) {
                      return given[static_cast<std::size_t>(v.node()->id)];
                    })));
  return given;
}

}  // namespace

std::string_view name_of(Precision precision) {
  return precision == Precision::mixed_bf16 ? "mixed_bf16" : "f32";
}

Precision precision_from(std::string_view name) {
  for (const Precision precision : {Precision::f32, Precision::mixed_bf16})
    if (name == name_of(precision)) return precision;
  fail("E-PASS-03", "there is no precision '{}'{}", name, suggest(name, {"f32", "mixed_bf16"}));
}

Graph mix_precision(const Graph& graph, const PassContext& context) {
  Graph mixed;
  mixed.training = graph.training;
  const bool asked = context.precision == Precision::mixed_bf16;
  const auto given = given_values(graph);
  std::map<Value, Value> rounded;  // each value once, however many products take it
  copy_into(graph, mixed, [&](const Node& node, Values in, Graph& into) -> Values {
    const auto places = asked ? operands(*node.op) : std::vector<std::size_t>();
    const auto stays = [&](std::size_t i) {
      return given[static_cast<std::size_t>(node.inputs[i].node()->id)] ||
             node.inputs[i].dtype() != DType::f32;
    };
    if (places.empty() || std::ranges::any_of(places, stays)) return {};
    for (const std::size_t i : places) {
      auto& made = rounded[in[i]];
      if (!made) made = cast(in[i], DType::bf16);
      in[i] = made;
    }
    return into.add(*node.op, in, node.attributes);
  });
  return mixed;
}

}  // namespace glia
