// A graph as TensorFlow's GraphDef, which TensorBoard draws.
#include <map>
#include <set>

#include "glia/base/format.h"
#include "glia/train/logs/protobuf.h"
#include "glia/train/logs/tensorboard.h"

namespace glia::train {
namespace {

// tensorflow/core/framework/types.proto
int type_number(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return 1;
    case DType::f64:
      return 2;
    case DType::i32:
      return 3;
    case DType::i64:
      return 9;
    case DType::u8:
      return 4;
    case DType::bf16:
      return 14;
    case DType::boolean:
      break;
  }
  return 10;
}

// A layer "stem.conv" is the group "stem/conv". TensorFlow's names take only some characters.
std::string path_of(std::string_view name) {
  std::string path;
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (!path.empty() && (c == '_' || c == '-'));
    path += plain ? c : c == '.' || c == '/' ? '/' : path.empty() ? 'x' : '_';
  }
  return path;
}

std::string wish_of(const Node& node) {
  const Value value(&node, 0);
  if (node.op == &variable_def) return path_of(node.graph->variable_of(value).name);
  if (node.op == &input_def) return path_of(node.attributes.text("name"));
  const auto layer = path_of(node.scope);
  return layer.empty() ? path_of(node.op->name) : layer + "/" + path_of(node.op->name);
}

ProtoMessage shape_of(const Shape& shape) {
  ProtoMessage message;
  for (const Dim dim : shape) {
    ProtoMessage size;
    size.integer(1, dim.known() ? dim.value() : -1);
    if (!dim.known()) size.text(2, dim.text());
    message.message(2, size);
  }
  return message;
}

void attribute(ProtoMessage& node, std::string_view name, const ProtoMessage& value) {
  node.message(5, ProtoMessage().text(1, name).message(2, value));
}

}  // namespace

std::string graph_def(const Graph& graph) {
  ProtoMessage all;
  std::set<std::string> taken;
  std::map<const Node*, std::string> names;
  for (const Node& node : graph.nodes()) {
    const auto wish = wish_of(node);
    auto name = wish;
    for (int i = 1; !taken.insert(name).second; ++i) name = fmt::format("{}_{}", wish, i);
    names.emplace(&node, name);

    ProtoMessage message;
    message.text(1, name).text(2, node.op->name);
    for (const Value& in : node.inputs)
      message.text(3, in.output() == 0 ? names.at(in.node())
                                       : fmt::format("{}:{}", names.at(in.node()), in.output()));
    ProtoMessage shapes;
    for (const Type& type : node.outputs) shapes.message(7, shape_of(type.shape));
    attribute(message, "_output_shapes", ProtoMessage().message(1, shapes));
    if (!node.outputs.empty())
      attribute(message, "dtype",
                ProtoMessage().integer(6, type_number(node.outputs.front().dtype)));
    if (const auto text = node.attributes.print(); !text.empty())
      attribute(message, "attributes", ProtoMessage().text(2, text));
    all.message(1, message);
  }
  constexpr int kProducer = 22;  // the version of GraphDef that this is
  all.message(4, ProtoMessage().integer(1, kProducer));
  return all.bytes();
}

}  // namespace glia::train
