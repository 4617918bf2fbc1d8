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

// matmul() of more than two dimensions ends in a reshape, which would part the product from its
// bias and ReLU: these move before it. A reshape costs nothing, so that others may still use it.
Graph sink_reshapes(const Graph& graph) {
  const auto is_product = [](const Value& v) { return v.node()->op == &matmul_def; };
  const auto is_sum = [&](const Value& v) {
    const Node& node = *v.node();
    return node.op == &add_def && (is_product(node.inputs[0]) || is_product(node.inputs[1]));
  };
  Graph sunk;
  sunk.training = graph.training;
  copy_into(graph, sunk, [&](const Node& node, const Values& in, Graph&) -> Values {
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i].node()->op != &reshape_def || (node.op != &add_def && node.op != &relu_def))
        continue;
      const Value flat = in[i].node()->inputs[0];
      if (node.op == &relu_def && is_sum(flat)) return {reshape(relu(flat), in[i].shape())};
      if (node.op == &add_def && is_product(flat) && in[1 - i].shape() == Shape{flat.dim(-1)} &&
          in[i].rank() > 0 && in[i].dim(-1) == flat.dim(-1))
        return {reshape(add(flat, in[1 - i]), in[i].shape())};
    }
    return {};
  });
  return sunk;
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
  // After each step, what it has left unused must not count as a use.
  const auto live = [&](const Graph& g) { return remove_dead_code(g, context); };
  return live(merge_relu(live(merge_bias(live(sink_reshapes(graph))))));
}

}  // namespace glia
