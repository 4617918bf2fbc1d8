#include "glia/nn/module.h"

#include <map>

#include "glia/base/format.h"

namespace glia::nn {

Value Module::operator()(Value x) const {
  const Graph::Scope scope(x.graph(), name_, layer_);
  return layer_->forward(x);
}

Module Module::named(std::string name) const {
  Module module = *this;
  module.name_ = std::move(name);
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
  Value forward(Value x) const {
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
  if (const Value there = graph.find_variable(variable.name);
      there.node() != nullptr && graph.scope_is_contested())
    fail("E-NN-02",
         "two layers stand under the name '{}': '{}' {} of the one and {} of the other would be "
         "the same parameter; give one of them another name with .named(\"...\"), or use one "
         "Module twice where they shall share",
         graph.scope(), variable.name, there.type().shape.text(), shape.text());
  variable.type = {DType::f32, shape};
  variable.role = options.role;
  variable.trainable = options.role == Role::parameter;
  variable.l2 = options.l2;
  variable.initial = [=, make = initializer.make, full = variable.name](std::uint64_t seed) {
    Random random(seed, "init:" + full);
    return make(shape, options.fans ? *options.fans : fans_of(shape), random);
  };
  return graph.variable(std::move(variable));
}

Value step_counter(Graph& graph) {
  return graph.variable(
      {std::string(kStepCounter), {DType::i64, {}}, Role::counter, false, nullptr});
}

}  // namespace glia::nn
