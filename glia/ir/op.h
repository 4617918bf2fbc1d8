// What an op is: everything that is known of it apart from kernels.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "glia/ir/attributes.h"

namespace glia {

class Graph;
struct Node;
struct OpDef;

// A symbolic result in a graph: a handle, cheap to copy, valid as long as its graph. A default-made
// one is empty: in a gradient it stands for "nothing flows here".
class Value {
 public:
  Value() = default;
  Value(const Node* node, int output) : node_(node), output_(output) {}

  explicit operator bool() const { return node_ != nullptr; }
  const Node* node() const { return node_; }
  int output() const { return output_; }
  const Type& type() const;
  DType dtype() const { return type().dtype; }
  const Shape& shape() const { return type().shape; }
  int rank() const { return shape().rank(); }
  Dim dim(int axis) const;  // negative axes count from the end
  Graph& graph() const;
  friend bool operator==(const Value&, const Value&) = default;
  friend auto operator<=>(const Value&, const Value&) = default;

 private:
  const Node* node_ = nullptr;
  int output_ = 0;
};
using Values = std::vector<Value>;

// An op about to be added, or one that stands in a graph: what shape rules and gradients look at.
struct Call {
  const OpDef& op;
  std::span<const Value> in;
  const Attributes& attributes;
  std::string_view scope;

  const Value& operator[](int i) const { return in[static_cast<std::size_t>(i)]; }
  int inputs() const { return static_cast<int>(in.size()); }
  std::string where() const;  // "[conv2d] layer 'stem'": the start of every message
};

struct Cost {
  double operations = 0;  // additions and multiplications each count as one
  double bytes = 0;       // read and written
};

// How the elementwise interpreter computes an op; see ops/elementwise.h.
enum class Micro : std::uint8_t;

// An input that the registry's tests make for a sample.
struct SampleInput {
  enum class Kind {
    normal,
    uniform,
    integers,
    constant,
    channel_mean,      // of input 0, over all axes but 1
    channel_variance,  // likewise, biased
  } kind = Kind::normal;
  Shape shape;
  DType dtype = DType::f32;
  double a = 0, b = 1;  // normal: mean, deviation; uniform: from, to; integers: from, below
};
struct Sample {
  std::string_view name;
  std::vector<SampleInput> inputs;
  Attributes attributes = {};
};

struct OpDef {
  std::string_view name;
  // One line: the formula, then "x: [shape] -> [shape]" by symbol.
  std::string_view doc;
  int min_inputs = 1;
  int max_inputs = 1;  // -1: any number
  std::vector<AttributeSpec> attributes = {};

  // Types of the outputs. Throws an Error that names the layer, the shapes and the likely fix.
  std::vector<Type> (*infer)(const Call&) = nullptr;

  // Gradients with respect to the inputs, as ops of the same graph, one for each input (an empty
  // Value where nothing flows). y: outputs; dy: their gradients, empty where nothing arrived.
  // Null for an op whose outputs do not depend smoothly on anything.
  Values (*gradient)(const Call&, const Values& y, const Values& dy) = nullptr;

  // A composite's meaning in other ops; backends without a kernel run it.
  Values (*decompose)(const Call&) = nullptr;

  Cost (*cost)(const Call&) = nullptr;  // null: one operation for each output element

  bool elementwise = false;  // each output element depends on the inputs' elements at its place
  Micro micro{};             // valid where elementwise
  bool view = false;         // output 0 is input 0's memory under another shape
  bool differentiable_twice = true;

  // Output `first` may be written over input `second`: state that an op updates.
  std::vector<std::pair<int, int>> (*updates)(const Call&) = nullptr;

  double tolerance = 1e-5;  // f32 kernels against the reference: |a-b| <= tolerance * (1 + |b|)
  std::vector<Sample> samples = {};
};

}  // namespace glia
