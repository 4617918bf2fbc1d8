#include "glia/ir/graph.h"

#include <algorithm>
#include <set>
#include <utility>

#include "glia/base/format.h"
#include "glia/base/text.h"

namespace glia {

namespace {

const Node& node_of(const Node* node) {
  if (!node)
    fail("E-IR-03", "an empty Value is used: it was made by Value(), and no op has given it one");
  return *node;
}

// Whether `value` is computed from `source`. A graph grows at its end, so older nodes are not.
bool is_made_of(Value value, Value source) {
  Values open{value};
  std::set<Value> seen;
  while (!open.empty()) {
    const Value v = open.back();
    open.pop_back();
    if (v == source) return true;
    for (const Value& in : v.node()->inputs)
      if (in.node()->id >= source.node()->id && seen.insert(in).second) open.push_back(in);
  }
  return false;
}

}  // namespace

const Type& Value::type() const {
  return node_of(node_).outputs[static_cast<std::size_t>(output_)];
}

Dim Value::dim(int axis) const { return shape()[normal_axis(axis, rank())]; }

Graph& Value::graph() const { return *node_of(node_).graph; }

std::string Call::where() const {
  return scope.empty() ? fmt::format("[{}]", op.name)
                       : fmt::format("[{}] layer '{}'", op.name, scope);
}

Values Node::values() const {
  Values values;
  for (std::size_t i = 0; i < outputs.size(); ++i) values.emplace_back(this, static_cast<int>(i));
  return values;
}

namespace {
std::vector<Type> infer_from_type(const Call& c) { return {c.attributes.type("type")}; }
std::vector<Type> infer_constant(const Call& c) {
  const Tensor& t = c.attributes.tensor("value");
  return {{t.dtype(), t.shape()}};
}
Cost nothing(const Call&) { return {}; }
}  // namespace

const OpDef input_def{.name = "input",
                      .doc = "What comes from outside at every run. -> type.",
                      .min_inputs = 0,
                      .max_inputs = 0,
                      .attributes = {{"name", std::string(), true}, {"type", Type{}, true}},
                      .infer = infer_from_type,
                      .cost = nothing};
const OpDef variable_def{.name = "variable",
                         .doc = "What a store holds between runs. -> type.",
                         .min_inputs = 0,
                         .max_inputs = 0,
                         .attributes = {{"name", std::string(), true}, {"type", Type{}, true}},
                         .infer = infer_from_type,
                         .cost = nothing};
const OpDef constant_def{.name = "constant",
                         .doc = "A tensor that never changes. -> its type.",
                         .min_inputs = 0,
                         .max_inputs = 0,
                         .attributes = {{"value", Tensor(), true}},
                         .infer = infer_constant,
                         .cost = nothing};

Graph& Graph::operator=(Graph&& other) noexcept {
  nodes_ = std::move(other.nodes_);
  variables_ = std::move(other.variables_);
  named_ = std::move(other.named_);
  outputs_ = std::move(other.outputs_);
  updates_ = std::move(other.updates_);
  gate_ = other.gate_;
  masks_ = std::move(other.masks_);
  scope_ = std::move(other.scope_);
  owners_ = std::move(other.owners_);
  training = other.training;
  seed = other.seed;
  dtype = other.dtype;
  trainable = other.trainable;
  for (auto& node : nodes_) node.graph = this;
  return *this;
}

Value Graph::input(std::string_view name, Type type) {
  const auto key = fmt::format("input:{}", name);
  if (const auto it = named_.find(key); it != named_.end()) {
    if (it->second.type() != type)
      fail("E-IR-02", "input '{}' was made as {}, and is asked for as {}", name,
           it->second.type().text(), type.text());
    return it->second;
  }
  const Value value =
      add(input_def, {}, {{"name", std::string(name)}, {"type", std::move(type)}})[0];
  named_.emplace(key, value);
  return value;
}

Value Graph::variable(Variable variable) {
  const auto key = "variable:" + variable.name;
  if (const auto it = named_.find(key); it != named_.end()) {
    if (it->second.type() != variable.type)
      fail("E-IR-02",
           "variable '{}' is {}, and is asked for as {}; a layer that is used twice needs inputs "
           "of the same size, and two layers need different names",
           variable.name, it->second.type().text(), variable.type.text());
    return it->second;
  }
  const Value value = add(variable_def, {}, {{"name", variable.name}, {"type", variable.type}})[0];
  named_.emplace(key, value);
  variables_.push_back(std::move(variable));
  return value;
}

Value Graph::constant(Tensor value) {
  return add(constant_def, {}, {{"value", std::move(value)}})[0];
}

Value Graph::scalar(double value, DType dtype) {
  Tensor t(dtype, {});
  t.set(0, value);
  return constant(std::move(t));
}

namespace {

// The given attributes in the order of the definition, defaults filled in.
Attributes complete(const OpDef& op, const Attributes& given, std::string_view where) {
  Attributes all;
  for (const auto& spec : op.attributes) {
    const auto& entries = given.entries();
    const auto it = std::find_if(entries.begin(), entries.end(),
                                 [&](const auto& e) { return e.first == spec.name; });
    if (it == entries.end() && spec.required)
      fail("E-IR-04", "{}: attribute '{}' must be given", where, spec.name);
    if (it != entries.end() && it->second.index() != spec.value.index())
      fail("E-IR-04", "{}: attribute '{}' has another type than its definition says", where,
           spec.name);
    all.set(spec.name, it == entries.end() ? spec.value : it->second);
  }
  for (const auto& [name, value] : given.entries())
    if (!all.has(name)) {
      std::vector<std::string> known;
      for (const auto& spec : op.attributes) known.push_back(spec.name);
      fail("E-IR-04", "{}: unknown attribute '{}'{}", where, name, suggest(name, known));
    }
  return all;
}

}  // namespace

Values Graph::add(const OpDef& op, Values inputs, Attributes attributes) {
  const Call bare{op, inputs, attributes, scope_};
  const auto count = static_cast<int>(inputs.size());
  if (count < op.min_inputs || (op.max_inputs >= 0 && count > op.max_inputs))
    fail("E-IR-03", "{}: got {} inputs, expected {} to {}", bare.where(), count, op.min_inputs,
         op.max_inputs < 0 ? "any number" : std::to_string(op.max_inputs));
  for (const Value& v : inputs)
    if (!v || &v.graph() != this)
      fail("E-IR-03", "{}: an input is empty or belongs to another graph", bare.where());
  attributes = complete(op, attributes, bare.where());
  std::vector<Type> types = op.infer(Call{op, inputs, attributes, scope_});
  nodes_.push_back(Node{&op, std::move(inputs), std::move(attributes), std::move(types), scope_,
                        this, static_cast<int>(nodes_.size())});
  return nodes_.back().values();
}

void Graph::output(std::string_view name, Value value) {
  for (auto& [known, old] : outputs_)
    if (known == name) {
      old = value;
      return;
    }
  outputs_.emplace_back(name, value);
}

void Graph::drop_outputs(const std::function<bool(std::string_view name)>& drop) {
  std::erase_if(outputs_, [&](const auto& output) { return drop(output.first); });
}

void Graph::update(Value variable, Value next) {
  if (!variable || !next) fail("E-IR-05", "an update is made of an empty value");
  if (variable.node()->op != &variable_def)
    fail("E-IR-05", "only a variable can be updated, got the result of '{}'",
         variable.node()->op->name);
  if (variable.type().dtype != next.type().dtype || variable.type().shape != next.type().shape)
    fail("E-IR-05", "variable '{}' is {}, its update is {}", variable_of(variable).name,
         variable.type().text(), next.type().text());
  for (auto& [known, before] : updates_)
    if (known == variable) {
      if (!is_made_of(next, before))
        fail("E-IR-09",
             "variable '{}' has an update already, and another one that is not made from it would "
             "take its place; update it once, or go on from Graph::latest()",
             variable_of(variable).name);
      before = next;
      return;
    }
  updates_.emplace_back(variable, next);
}

Value Graph::latest(Value variable) const {
  for (const auto& [known, next] : updates_)
    if (known == variable) return next;
  return variable;
}

Value Graph::mask(Value x) const {
  const auto it = masks_.find(x);
  return it == masks_.end() ? Value() : it->second;
}

void Graph::set_mask(Value x, Value mask) {
  if (x.rank() < 2 || mask.dtype() != DType::boolean || mask.shape() != Shape{x.dim(0), x.dim(1)})
    fail("E-SHAPE-03", "layer '{}': the mask of a value {} is {}, expected a boolean [N, T]",
         scope_, x.shape().text(), mask.type().text());
  masks_[x] = mask;
}

Value Graph::find_variable(std::string_view name) const {
  const auto it = named_.find(fmt::format("variable:{}", name));
  return it == named_.end() ? Value() : it->second;
}

Value Graph::find_output(std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& [output, value] : outputs_) {
    if (output == name) return value;
    known.push_back(output);
  }
  fail("E-IR-06", "the graph has no output '{}'{}", name, suggest(name, known));
}

const Variable& Graph::variable_of(Value value) const {
  const auto& name = value.node()->attributes.text("name");
  for (const auto& variable : variables_)
    if (variable.name == name) return variable;
  fail("E-IR-05", "'{}' is not a variable of this graph", name);
}

Values Graph::parameters() const {
  Values values;
  for (const auto& variable : variables_)
    if (variable.role == Role::parameter && variable.trainable)
      values.push_back(find_variable(variable.name));
  return values;
}

std::vector<std::pair<std::string, Value>> Graph::inputs() const {
  std::vector<std::pair<std::string, Value>> inputs;
  for (const auto& node : nodes_)
    if (node.op == &input_def) inputs.emplace_back(node.attributes.text("name"), Value(&node, 0));
  return inputs;
}

Graph::Scope::Scope(Graph& graph, std::string_view name, Owner owner)
    : graph_(graph),
      before_(graph.scope_.size()),
      named_(!name.empty()),
      was_contested_(graph.contested_) {
  if (!named_) return;  // what it makes stands beside what the scope around it makes
  if (!graph.scope_.empty()) graph.scope_ += ".";
  graph.scope_ += name;
  const auto [first, fresh] = graph.owners_.try_emplace(std::string(name), owner);
  graph.contested_ |= !fresh && first->second != owner;
  outer_ = std::exchange(graph.owners_, {});
}

Graph::Scope::~Scope() {
  graph_.scope_.resize(before_);
  graph_.contested_ = was_contested_;
  if (named_) graph_.owners_ = std::move(outer_);
}

namespace {
std::string reference(const Value& v) {
  auto text = fmt::format("%{}", v.node()->id);
  if (v.node()->outputs.size() > 1) text += fmt::format(".{}", v.output());
  return text;
}
}  // namespace

std::string Graph::text() const {
  std::string text;
  for (const auto& node : nodes_) {
    std::string inputs, types;
    for (const auto& v : node.inputs) inputs += (inputs.empty() ? "" : ", ") + reference(v);
    for (const auto& t : node.outputs) types += (types.empty() ? "" : ", ") + t.text();
    const auto attributes = node.attributes.print();
    text += fmt::format("%{} = {}({}){} -> {}{}\n", node.id, node.op->name, inputs,
                        attributes.empty() ? "" : " {" + attributes + "}", types,
                        node.scope.empty() ? "" : "  # " + node.scope);
  }
  for (const auto& [name, value] : outputs_)
    text += fmt::format("output {} = {}\n", name, reference(value));
  for (const auto& [variable, next] : updates_)
    text += fmt::format("update {} = {}\n", variable_of(variable).name, reference(next));
  if (gate_) text += fmt::format("gate {}\n", reference(gate_));
  return text;
}

}  // namespace glia
