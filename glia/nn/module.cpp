#include "glia/nn/module.h"

#include <algorithm>
#include <map>

#include "glia/base/format.h"

namespace glia::nn {

namespace {
// Parameters made while it lives are learned, or not.
class Trainable {
 public:
  Trainable(Graph& graph, bool trainable) : graph_(graph), before_(graph.trainable) {
    graph.trainable = before_ && trainable;
  }
  ~Trainable() { graph_.trainable = before_; }
  Trainable(const Trainable&) = delete;
  Trainable& operator=(const Trainable&) = delete;

 private:
  Graph& graph_;
  bool before_;
};

// An error that says where its layer stands.
class PlacedError : public Error {
 public:
  using Error::Error;
};

void expect_name(std::string_view name, std::string_view kind) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  if (std::all_of(name.begin(), name.end(), allowed)) return;
  fail("E-NN-05",
       "[{}] a layer cannot be called '{}': its name is of letters, digits, '_' and '-'; a dot "
       "stands between the names of layers within each other, and * and ? in patterns of names",
       kind, name);
}
}  // namespace

Values Module::operator()(const Values& inputs) const {
  if (where_.empty()) return trace(inputs);
  try {
    return trace(inputs);
  } catch (const PlacedError&) {
    throw;
  } catch (const Error& error) {
    std::string message = error.what();
    message.resize(message.size() - fmt::format(" [{}]", error.code()).size());
    throw PlacedError(error.code(), where_ + ": " + message);
  }
}

Values Module::trace(const Values& inputs) const {
  expect_name(name_, kind());
  const auto empty = [](const Value& x) { return !x; };
  if (inputs.empty() || std::any_of(inputs.begin(), inputs.end(), empty))
    fail("E-NN-02", "layer '{}' was given no input, or an empty Value", name_);
  Graph& graph = inputs[0].graph();
  const Graph::Scope scope(graph, name_, layer_);
  const Trainable trainable(graph, !frozen_);
  const auto takes = static_cast<std::size_t>(layer_->inputs());
  if (takes != 0 && takes != inputs.size())
    fail("E-NN-02", "[{}] layer '{}' takes {} input{}, and was given {}", kind(), graph.scope(),
         takes, takes == 1 ? "" : "s", inputs.size());
  Value mask;
  for (const Value& x : inputs)
    if (!mask) mask = graph.mask(x);
  if (mask && layer_->masks() == Masks::refuse)
    fail(
        "E-NN-02",
        "[{}] layer '{}' does not know masks: the padding of its input {} would change the result; "
        "put a recurrent layer, an attention layer or a global pooling before it",
        kind(), graph.scope(), inputs[0].shape().text());
  Values outputs = layer_->forward(inputs);
  if (mask && layer_->masks() == Masks::pass)
    for (const Value& y : outputs)
      if (!graph.mask(y)) graph.set_mask(y, mask);
  return outputs;
}

Value Module::only(const Values& outputs) const {
  if (outputs.size() != 1)
    fail("E-NN-02", "[{}] layer '{}' gives {} outputs where one is asked for; call it with a list",
         kind(), name_, outputs.size());
  return outputs[0];
}

Module Module::named(std::string name) const {
  expect_name(name, kind());
  Module module = *this;
  module.name_ = std::move(name);
  return module;
}

Module Module::frozen() const {
  Module module = *this;
  module.frozen_ = true;
  return module;
}

Module Module::placed(std::string where) const {
  Module module = *this;
  module.where_ = std::move(where);
  return module;
}

std::vector<std::string> unique_names(const std::vector<Module>& layers) {
  std::map<std::string, int> seen;
  std::vector<std::string> names;
  for (const Module& layer : layers) {
    const int count = seen[layer.name()]++;
    names.push_back(count == 0 ? layer.name() : layer.name() + "_" + std::to_string(count));
  }
  return names;
}

namespace {
struct Sequential {
  std::vector<Module> layers;
  std::string name;
  static constexpr Masks masks = Masks::own;
  Values forward(const Values& inputs) const {
    Values x = inputs;
    for (const Module& layer : layers) x = layer(x);
    return x;
  }
  std::string kind() const { return name; }
};
}  // namespace

Module sequential(std::vector<Module> layers, std::string name) {
  const auto names = unique_names(layers);
  for (std::size_t i = 0; i < layers.size(); ++i) layers[i] = layers[i].named(names[i]);
  return Sequential{std::move(layers), std::move(name)};
}

Value parameter(Value x, std::string_view name, Shape shape, const Initializer& initializer,
                ParameterOptions options) {
  Graph& graph = x.graph();
  Variable variable;
  variable.name = (graph.scope().empty() ? "" : graph.scope() + ".") + std::string(name);
  const Value there = graph.find_variable(variable.name);
  if (there && (graph.scope_is_contested() || there.node()->scope != graph.scope()))
    fail("E-NN-03",
         "two layers stand under the name '{}': '{}' {} of the one and {} of the other would be "
         "the same parameter; give one of them another name with .named(\"...\"), or use one "
         "Module twice where they shall share",
         graph.scope(), variable.name, there.type().shape.text(), shape.text());
  for (const Dim d : shape)
    if (d == Dim(0))
      fail("E-NN-07",
           "parameter '{}' would have the shape {}, and nothing in it: the input {} has no "
           "features",
           variable.name, shape.text(), x.shape().text());
  if (!initializer.make)
    fail("E-OPTION-01", "parameter '{}': its initialiser is empty", variable.name);
  variable.type = {graph.dtype, shape};
  if (there && there.type() != variable.type)
    fail("E-NN-06",
         "layer '{}' is used again, where its '{}' would be {}, and it is {}: all its inputs must "
         "have the sizes of the first, here {}; put a layer before it, or make one of its own",
         graph.scope(), variable.name, variable.type.text(), there.type().text(), x.shape().text());
  variable.role = options.role;
  variable.trainable = options.role == Role::parameter && graph.trainable;
  variable.l2 = options.l2;
  variable.initial = [=, make = initializer.make, full = variable.name,
                      dtype = graph.dtype](std::uint64_t seed) {
    Random random(seed, "init:" + full);
    return make(shape, options.fans ? *options.fans : fans_of(shape), random).to(dtype);
  };
  return graph.variable(std::move(variable));
}

Value step_counter(Graph& graph) {
  return graph.variable(
      {std::string(kStepCounter), {DType::i64, {}}, Role::counter, false, nullptr});
}

}  // namespace glia::nn
