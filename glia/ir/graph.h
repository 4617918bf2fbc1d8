// The graph: values, the ops between them, and the variables that outlive a run.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "glia/ir/op.h"

namespace glia {

struct Node {
  const OpDef* op = nullptr;
  Values inputs;
  Attributes attributes;
  std::vector<Type> outputs;
  std::string scope;  // the layer that made it: "stem.conv"
  Graph* graph = nullptr;
  int id = 0;  // position in the graph

  Call call() const { return {*op, inputs, attributes, scope}; }
  Values values() const;  // its outputs
};

// What a variable is for. Only parameters are learned; only parameters and statistics are the
// model.
enum class Role : std::uint8_t { parameter, statistic, slot, counter };

struct Variable {
  std::string name;  // "dense_1.weight"
  Type type;
  Role role = Role::parameter;
  bool trainable = true;
  std::function<Tensor(std::uint64_t seed)> initial;  // null: zeros
  double l2 = 0;                                      // the loss grows by l2 * sum of squares
};

// A graph grows at its end only, so the order of its nodes is an order in which they can run.
// Inputs come from outside at every run, variables live in a Store, outputs go out by name, updates
// say which value a variable has after the run. Not synchronised.
class Graph {
 public:
  Graph() = default;
  Graph(Graph&& other) noexcept { *this = std::move(other); }
  Graph& operator=(Graph&& other) noexcept;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  Value input(std::string_view name, Type type);  // the same name again: the same value, E-IR-02
  Value variable(Variable variable);              // likewise, so that layers can be shared
  Value constant(Tensor value);
  Value scalar(double value, DType dtype = DType::f32);

  // Adds a node; fills attributes with their defaults; infers types. Errors: E-IR-03 (count of
  // inputs), E-IR-04 (unknown or missing attribute), and those of the op's shape rule.
  Values add(const OpDef& op, Values inputs, Attributes attributes = {});

  void output(std::string_view name, Value value);
  void drop_outputs(const std::function<bool(std::string_view name)>& drop);
  // Says what a variable is after the run. E-IR-05: not a variable, or another type. A second
  // update of one variable is made from its latest() value, as by a layer that is used twice:
  // E-IR-09 where it is not, for only one of the two could hold.
  void update(Value variable, Value next);
  Value latest(Value variable) const;  // its update so far; itself where it has none
  // A boolean scalar; where it is false at run time, no update takes place.
  void gate(Value ok) { gate_ = ok; }

  const std::deque<Node>& nodes() const { return nodes_; }
  const std::vector<Variable>& variables() const { return variables_; }
  const std::vector<std::pair<std::string, Value>>& outputs() const { return outputs_; }
  const std::vector<std::pair<Value, Value>>& updates() const { return updates_; }
  Value gate() const { return gate_; }
  Value find_variable(std::string_view name) const;  // empty where there is none
  Value find_output(std::string_view name) const;    // E-IR-06 with the nearest name
  const Variable& variable_of(Value value) const;
  Values parameters() const;  // the trainable ones, in the order in which they were made
  std::vector<std::pair<std::string, Value>> inputs() const;

  // Layers name what they make: a Scope lives while a layer is traced. `owner` is that layer, by
  // which two layers of one name are told from one layer that is used twice.
  using Owner = std::shared_ptr<const void>;
  class Scope {
   public:
    Scope(Graph& graph, std::string_view name, Owner owner = nullptr);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Graph& graph_;
    std::size_t before_;
    bool named_, was_contested_;
    std::map<std::string, Owner, std::less<>> outer_;
  };
  const std::string& scope() const { return scope_; }
  // Whether this scope, or one around it, has a name that another owner had in the same place.
  bool scope_is_contested() const { return contested_; }
  void set_scope(std::string scope) { scope_ = std::move(scope); }

  // How layers trace: dropout and batch_norm look at `training`, random ops take `seed`; parameters
  // are made in `dtype`, and are learned where `trainable` is set.
  bool training = true;
  std::uint64_t seed = 0;
  DType dtype = DType::f32;
  bool trainable = true;

  // Which positions of a padded sequence are real: for a value [N, T, ...], a boolean [N, T] beside
  // it. Layers hand it on (nn/module.h); empty where all are.
  Value mask(Value x) const;
  void set_mask(Value x, Value mask);  // E-SHAPE-03 where it does not fit

  std::string text() const;  // one line for each node, for people

 private:
  std::deque<Node> nodes_;  // stable addresses
  std::vector<Variable> variables_;
  std::map<std::string, Value, std::less<>> named_;  // "input:x", "variable:w"
  std::vector<std::pair<std::string, Value>> outputs_;
  std::vector<std::pair<Value, Value>> updates_;
  Value gate_;
  std::map<Value, Value> masks_;
  std::string scope_;
  // Who had which name in the call that is being traced. Each call of a layer has its own: what it
  // makes anew at each call is shared between calls. Held, so that no address comes up again.
  std::map<std::string, Owner, std::less<>> owners_;
  bool contested_ = false;
};

// The ops that graphs themselves are made of.
extern const OpDef input_def, variable_def, constant_def;

// Copies `from`'s nodes that `keep` names (null: all) into `into`, in order. `replace` may give the
// values that stand for a node (empty: copy it). Inputs and variables of the same name are shared.
// Outputs, updates and gate are copied where `interface` is set. Returns old value -> new value.
using ValueMap = std::map<Value, Value>;
using Replace = std::function<Values(const Node& node, const Values& new_inputs, Graph& into)>;
ValueMap copy_into(const Graph& from, Graph& into, const Replace& replace = nullptr,
                   const std::vector<bool>* keep = nullptr, bool interface = true,
                   ValueMap map = {});

// The same graph with symbols replaced and every type inferred anew.
Graph bind(const Graph& graph, const Bindings& bindings);

// One graph that runs `first`, then `second`: inputs of `second` named like outputs of `first` take
// their values. Both sets of outputs and updates remain.
Graph join(const Graph& first, const Graph& second);

// Inputs before uses, types as the shape rules give them, updates to variables. Error E-IR-07.
void verify(const Graph& graph);

}  // namespace glia
