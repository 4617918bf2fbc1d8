#include <algorithm>

#include "glia/ops/ops.h"
#include "glia/passes/pass.h"

namespace glia {
namespace {

// Which inputs of an op are images, and so may have the layout that the target likes.
std::vector<int> image_inputs(const Node& node) {
  if (node.op == &conv2d_def || node.op == &max_pool2d_def || node.op == &average_pool2d_def ||
      node.op == &average_pool2d_gradient_def || node.op == &global_average_pool2d_def)
    return {0};
  if (node.op == &conv2d_input_gradient_def) return {1};
  if (node.op == &conv2d_weight_gradient_def || node.op == &max_pool2d_gradient_def ||
      node.op == &max_pool2d_gather_def)
    return {0, 1};
  if (node.outputs[0].shape.rank() != 4) return {};
  if (node.op == &batch_norm_def) return {0};
  if (node.op == &batch_norm_gradient_def) return {0, 4};
  return {};
}

class Layouts {
 public:
  Layouts(Graph& into, const Target& target) : into_(into), target_(target) {}

  Values place(const Node& node, Values in) {
    const auto images = image_inputs(node);
    if (node.op == &global_average_pool2d_gradient_def) {
      Attributes attributes = node.attributes;
      attributes.set("layout", static_cast<std::int64_t>(target_.layout(node)));
      return into_.add(*node.op, in, attributes);
    }
    if (!images.empty()) {
      const Layout layout = target_.layout(node);
      for (const int i : images) to(in[static_cast<std::size_t>(i)], layout);
    } else if (node.op->elementwise || node.op == &cast_def) {
      follow(node, in);
    } else if (!whole_channels(node)) {
      for (Value& v : in) to(v, Layout::plain);
    }
    return into_.add(*node.op, in, node.attributes);
  }

  void to(Value& v, Layout layout) {
    if (v.rank() != 4 || v.type().layout == layout) return;
    if (v.node()->op == &reorder_def && v.node()->inputs[0].type().layout == layout) {
      v = v.node()->inputs[0];
      return;
    }
    auto& made = made_[{v, layout}];
    if (!made) made = reorder(v, layout);
    v = made;
  }

 private:
  // Elementwise ops take the layout in which most of their data lies already.
  void follow(const Node& node, Values& in) {
    Layout layout = Layout::plain;
    for (const Value& v : in)
      if (v.shape() == node.outputs[0].shape && v.type().layout != Layout::plain)
        layout = v.type().layout;
    for (Value& v : in) to(v, v.shape() == node.outputs[0].shape ? layout : Layout::plain);
  }

  static bool whole_channels(const Node& node) {
    return node.op == &reduce_sum_def && !node.attributes.flag("keep_dims") &&
           node.attributes.integers("axes") == std::vector<std::int64_t>{0, 2, 3};
  }

  Graph& into_;
  const Target& target_;
  std::map<std::pair<Value, Layout>, Value> made_;
};

}  // namespace

Graph choose_layouts(const Graph& graph, const PassContext& context) {
  Graph placed;
  placed.training = graph.training;
  Layouts layouts(placed, context.target);
  const bool images = std::any_of(graph.nodes().begin(), graph.nodes().end(),
                                  [](const Node& node) { return !image_inputs(node).empty(); });
  auto map = copy_into(
      graph, placed,
      [&](const Node& node, const Values& inputs, Graph&) -> Values {
        const bool source =
            node.op == &input_def || node.op == &variable_def || node.op == &constant_def;
        if (!images || source || node.op == &reorder_def) return {};
        return layouts.place(node, inputs);
      },
      nullptr, false);
  // The world outside knows only the plain layout.
  const auto plain = [&](const Value& v) {
    Value placed_value = map.at(v);
    layouts.to(placed_value, v.type().layout);
    return placed_value;
  };
  for (const auto& [name, value] : graph.outputs()) placed.output(name, plain(value));
  for (const auto& [variable, next] : graph.updates()) placed.update(map.at(variable), plain(next));
  if (graph.gate()) placed.gate(map.at(graph.gate()));
  return placed;
}

}  // namespace glia
