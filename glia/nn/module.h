// Modules: functions on values that own parameters by name.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "glia/ir/graph.h"
#include "glia/nn/initializers.h"

namespace glia::nn {

// A layer, or several. Any struct with `Value forward(Value x) const` converts to a Module; a
// member `std::string kind() const` gives the name under which its parameters stand (otherwise
// "layer"). Copies share the layer. Shared use of one module in one graph shares its parameters;
// two modules of one name in one place that would share them are an error, E-NN-02.
//
//   struct Scale {
//     Value forward(Value x) const { return x * parameter(x, "weight", {x.dim(-1)}, ones()); }
//     std::string kind() const { return "scale"; }
//   };
class Module {
 public:
  template <class Layer>
  requires requires(const Layer& layer, Value x) {
    { layer.forward(x) } -> std::same_as<Value>;
  }
  Module(Layer layer)  // NOLINT: a layer is a module
      : layer_(std::make_shared<Model<Layer>>(std::move(layer))), name_(layer_->kind()) {}

  // Traces the layer onto x's graph, in a scope of its name.
  Value operator()(Value x) const;
  const std::string& name() const { return name_; }
  std::string kind() const { return layer_->kind(); }  // "dense", whatever its name
  Module named(std::string name) const;                // the same layer under another name

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual Value forward(Value x) const = 0;
    virtual std::string kind() const = 0;
  };
  template <class Layer>
  struct Model final : Concept {
    explicit Model(Layer l) : layer(std::move(l)) {}
    Value forward(Value x) const override { return layer.forward(x); }
    std::string kind() const override {
      if constexpr (requires { layer.kind(); }) return layer.kind();
      return "layer";
    }
    Layer layer;
  };
  std::shared_ptr<const Concept> layer_;
  std::string name_;
};

// One after the other. Layers of one name are numbered as Keras does: dense, dense_1, dense_2.
// An empty name adds no scope.
Module sequential(std::vector<Module> layers, std::string name = "");
std::vector<std::string> unique_names(const std::vector<Module>& layers);

struct ParameterOptions {
  Role role = Role::parameter;
  double l2 = 0;
  std::optional<Fans> fans = {};  // where they are not those of the shape
};

// A parameter of the layer being traced on x's graph: "<scope>.<name>", f32.
Value parameter(Value x, std::string_view name, Shape shape, const Initializer& initializer,
                ParameterOptions options = {});

// The number of steps taken before this one: a scalar i64 counter that the trainer advances.
Value step_counter(Graph& graph);
inline constexpr std::string_view kStepCounter = "train.step";

}  // namespace glia::nn
