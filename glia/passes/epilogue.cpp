#include "glia/ops/ops.h"
#include "glia/passes/pass.h"

namespace glia {
namespace {

bool has_epilogue(const Node* node) { return node->op == &matmul_def || node->op == &conv2d_def; }

// The bias as [columns] where `v` is one for `product`: [n] or [1, n] beside a matmul, [1, C, 1, 1]
// (a reshape of [C]) beside a convolution.
Value as_bias(const Value& v, const Value& product) {
  const bool conv = product.node()->op == &conv2d_def;
  const Dim channels = product.dim(1);
  if (v.shape() == Shape{channels} && !conv) return v;
  const bool shaped =
      conv ? v.shape() == Shape{1, channels, 1, 1} : v.shape() == Shape{1, channels};
  if (!shaped || v.node()->op != &reshape_def) return {};
  const Value source = v.node()->inputs[0];
  return source.shape() == Shape{channels} ? source : Value();
}

Graph merge_bias(const Graph& graph) {
  const auto uses = count_uses(graph);
  Graph merged;
  merged.training = graph.training;
  copy_into(graph, merged, [&](const Node& node, const Values& in, Graph& into) -> Values {
    if (node.op != &add_def) return {};
    for (std::size_t i : {std::size_t{0}, std::size_t{1}}) {
      const Node* product = in[i].node();
      if (!has_epilogue(product) || product->inputs.size() != 2 || uses.at(node.inputs[i]) != 1)
        continue;
      if (product->attributes.text("activation") != "none") continue;
      const Value bias = as_bias(in[1 - i], in[i]);
      if (bias)
        return into.add(*product->op, {product->inputs[0], product->inputs[1], bias},
                        product->attributes);
    }
    return {};
  });
  return merged;
}

Graph merge_relu(const Graph& graph) {
  const auto uses = count_uses(graph);
  Graph merged;
  merged.training = graph.training;
  copy_into(graph, merged, [&](const Node& node, const Values& in, Graph& into) -> Values {
    if (node.op != &relu_def) return {};
    const Node* product = in[0].node();
    if (!has_epilogue(product) || product->inputs.size() != 3 || uses.at(node.inputs[0]) != 1 ||
        product->attributes.text("activation") != "none")
      return {};
    Attributes attributes = product->attributes;
    attributes.set("activation", std::string("relu"));
    return into.add(*product->op, product->inputs, attributes);
  });
  return merged;
}

}  // namespace

Graph fuse_epilogues(const Graph& graph, const PassContext& context) {
  return remove_dead_code(merge_relu(remove_dead_code(merge_bias(graph), context)), context);
}

}  // namespace glia
