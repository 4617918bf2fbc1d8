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

// What a layer does with the mask of its input (Graph::mask). `refuse`: a padded sequence would
// give a wrong result, so it is an error; `pass`: each position is computed by itself, so the mask
// holds for the result; `own`: the layer looks at the mask and says what holds for its result.
enum class Masks : std::uint8_t { refuse, pass, own };

namespace detail {
template <class L>
concept OneInput = requires(const L& layer, Value x) {
  layer.forward(x);
};
template <class L>
concept TwoInputs = requires(const L& layer, Value x) {
  layer.forward(x, x);
};
template <class L>
concept AnyInputs = requires(const L& layer, const Values& x) {
  layer.forward(x);
}
&&!OneInput<L>;
}  // namespace detail

// A layer, or several: a function from values to values. A struct becomes a Module by a member
// `forward` that takes a Value, two, or any number as Values, and gives a Value or Values. Further
// members are optional: `std::string kind() const`, the name under which its parameters stand
// (otherwise "layer"), and `static constexpr Masks masks`.
//
//   struct Scale {
//     Value forward(Value x) const { return x * parameter(x, "weight", {x.dim(-1)}, ones()); }
//     std::string kind() const { return "scale"; }
//   };
//
// Copies share the layer. Shared use of one module in one graph shares its parameters; two modules
// of one name in one place that would share them are an error, E-NN-03.
class Module {
 public:
  template <class Layer>
  requires detail::OneInput<Layer> || detail::TwoInputs<Layer> || detail::AnyInputs<Layer> Module(
      Layer layer)  // NOLINT: a layer is a module
      : layer_(std::make_shared<Model<Layer>>(std::move(layer))), name_(layer_->kind()) {}

  // Traces the layer onto its inputs' graph, in a scope of its name. E-NN-02: it takes another
  // number of inputs, gives several outputs where one is asked for, or refuses a mask.
  Values operator()(const Values& inputs) const;
  template <std::same_as<Value>... More>
  Value operator()(Value x, More... more) const {
    return only(operator()(Values{x, more...}));
  }
  const std::string& name() const { return name_; }
  std::string kind() const { return layer_->kind(); }  // "dense", whatever its name
  // The same layer under another name: letters, digits, '_' and '-', so that no two ways of naming
  // come to the same parameter. "": its parameters' names have nothing before them. E-NN-05.
  Module named(std::string name) const;
  // The same layer, with parameters that are not learned.
  Module frozen() const;
  // The same layer; errors while it is traced begin with where it was read: "a.yaml:9: layers[0]".
  // A place nearer to the mistake, of a layer within it, stands.
  Module placed(std::string where) const;

 private:
  struct Concept {
    virtual ~Concept() = default;
    virtual Values forward(const Values& x) const = 0;
    virtual std::string kind() const = 0;
    virtual int inputs() const = 0;  // 0: any number
    virtual Masks masks() const = 0;
  };
  static Values list(Value v) { return {v}; }
  static Values list(Values v) { return v; }
  template <class Layer>
  struct Model final : Concept {
    explicit Model(Layer l) : layer(std::move(l)) {}
    Values forward(const Values& x) const override {
      if constexpr (detail::AnyInputs<Layer>) {
        return list(layer.forward(x));
      } else if constexpr (!detail::OneInput<Layer>) {
        return list(layer.forward(x[0], x[1]));
      } else {
        if constexpr (detail::TwoInputs<Layer>)
          if (x.size() == 2) return list(layer.forward(x[0], x[1]));
        return list(layer.forward(x[0]));
      }
    }
    std::string kind() const override {
      if constexpr (requires { layer.kind(); }) return layer.kind();
      return "layer";
    }
    int inputs() const override {
      if constexpr (detail::AnyInputs<Layer> ||
                    (detail::OneInput<Layer> && detail::TwoInputs<Layer>))
        return 0;
      return detail::OneInput<Layer> ? 1 : 2;
    }
    Masks masks() const override {
      if constexpr (requires { Layer::masks; }) return Layer::masks;
      return Masks::refuse;
    }
    Layer layer;
  };
  Value only(const Values& outputs) const;
  Values trace(const Values& inputs) const;
  std::shared_ptr<const Concept> layer_;
  std::string name_, where_;
  bool frozen_ = false;
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

// A parameter of the layer being traced on x's graph: "<scope>.<name>", of the graph's dtype; of a
// layer that is used again the one that it has. E-NN-03: it is another layer's; E-NN-06: it has
// another shape, as where the inputs of both uses have; E-NN-07: its shape has a dimension of 0;
// E-OPTION-01: the initialiser is empty.
Value parameter(Value x, std::string_view name, Shape shape, const Initializer& initializer,
                ParameterOptions options = {});

// The number of steps taken before this one: a scalar i64 counter that the trainer advances.
Value step_counter(Graph& graph);
inline constexpr std::string_view kStepCounter = "train.step";

}  // namespace glia::nn
