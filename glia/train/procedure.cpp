#include "glia/train/procedure.h"

#include "glia/autodiff/gradient.h"
#include "glia/base/format.h"
#include "glia/nn/module.h"
#include "glia/ops/ops.h"
#include "glia/train/graphs.h"

namespace glia::train {

Values parameters_under(const Graph& graph, std::string_view layer) {
  Values found;
  std::vector<std::string> names;
  for (const Value& p : graph.parameters()) {
    const auto& name = names.emplace_back(graph.variable_of(p).name);
    if (name.starts_with(layer) && name.substr(layer.size()).starts_with('.')) found.push_back(p);
  }
  if (found.empty())
    fail("E-TRAIN-08", "there is no learned parameter under '{}'; there are {}", layer,
         fmt::join(names, ", "));
  return found;
}

void minimize(Value loss, const optim::Optimizer& optimizer, const MinimizeOptions& options) {
  Graph& graph = loss.graph();
  const Values parameters = options.parameters.empty() ? graph.parameters() : options.parameters;
  if (parameters.empty())
    fail("E-TRAIN-01", "the loss has no trainable parameter: there is nothing to learn");
  const Values gradients = gradient(loss, parameters);
  Values finite = gradients;
  finite.push_back(loss);
  const Value good = all_finite(finite);
  graph.gate(graph.gate() ? logical_and(graph.gate(), good) : good);

  const Graph::Scope scope(graph, "optimizer");
  // Layers that draw anew at each step look at the common counter.
  const Value common = graph.find_variable(nn::kStepCounter);
  const Value step =
      graph.variable({options.name + ".step", {DType::i64, {}}, Role::counter, false, nullptr});
  const Value rate =
      options.learning_rate ? options.learning_rate : graph.scalar(optimizer.learning_rate);
  add_updates(graph, optimizer, parameters, gradients, rate, step);
  graph.update(step, step + 1.0);
  if (common && common != step) graph.update(common, common + 1.0);
}

Session open_session(const Graph& graph, Store& store, const CompileOptions& options,
                     std::uint64_t seed) {
  store.initialize(graph, seed);
  return Session(compile(graph, options), store);
}

}  // namespace glia::train
